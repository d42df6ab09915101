#!/usr/bin/env python3
"""Draws the figures that have a ratio and a floor as bars: how many times its floor each one is.

Usage: chart.py FIGURES.CSV   writes an SVG to standard output
"""
import csv
import sys
from html import escape

ROW, LABELS, BARS, FULL = 26, 380, 520, 2.0  # pixels; at FULL times its floor a bar is as long as it gets


def margin(row):
    """How many times better than its floor or limit the figure is; None where it has neither."""
    kind, *goal = row["goal"].split()  or [""]
    if kind not in (">=", "<=") or not row["ratio"] or row["goal"].endswith("+ 50"):
        return None
    ratio, bound = float(row["ratio"]), float(goal[0])
    # A ratio is the value's to the bound, or to a peer, and then it is the ratio that has the bound.
    to_bound = row["value"] and abs(float(row["value"]) / bound - ratio) <= 0.01 * ratio
    times = ratio if to_bound else ratio / bound
    return times if kind == ">=" else 1 / times


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        rows = [(row, margin(row)) for row in csv.DictReader(file)]
    rows = [(row, m) for row, m in rows if m is not None]
    height = ROW * (len(rows) + 2)
    one = LABELS + BARS / FULL
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{LABELS + BARS + 120}" height="{height}" '
          'font-family="sans-serif" font-size="13">')
    print('<rect width="100%" height="100%" fill="white"/>')
    print(f'<text x="{one}" y="18" text-anchor="middle">the floor</text>')
    for i, (row, m) in enumerate(rows):
        y = ROW * (i + 1)
        width = BARS * min(m, FULL) / FULL
        colour = "#2a7f62" if row["verdict"] == "pass" else "#b3452c"
        print(f'<text x="{LABELS - 10}" y="{y + 17}" text-anchor="end">{escape(row["figure"])}</text>')
        print(f'<rect x="{LABELS}" y="{y + 4}" width="{width:.1f}" height="{ROW - 8}" fill="{colour}"/>')
        print(f'<text x="{LABELS + width + 6:.1f}" y="{y + 17}">{row["ratio"]} ({escape(row["goal"])})</text>')
    print(f'<line x1="{one}" x2="{one}" y1="22" y2="{height - ROW / 2}" stroke="black" stroke-dasharray="4 3"/>')
    print("</svg>")


main()
