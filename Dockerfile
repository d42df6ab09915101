# The images of compose.yaml: "runtime" has the three programs, "migrate" has Sqitch and the schema.
# Everything comes from Debian's packages, but for the reference page's viewer, which is npm's.

FROM debian:bookworm-slim AS build
COPY scripts/packages/build /tmp/packages
RUN apt-get update \
    && sed '/^#/d' /tmp/packages | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt CMakePresets.json ./
COPY schema/sqitch.plan schema/
COPY scripts/openapi scripts/
COPY common common
COPY api api
COPY worker worker
# npm holds what it gets against the digests of package-lock.json, so a proxy that shows a certificate of its own may
# stand between.
RUN export NPM_CONFIG_STRICT_SSL=false \
    && cmake --preset release \
    && ninja -C build/release \
    && install --strip -D -t /out build/release/tenantry-api build/release/tenantry-worker build/release/tenantry-admin

FROM debian:bookworm-slim AS migrate
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        libdbd-pg-perl postgresql-client-15 sqitch \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 tenantry
COPY schema /opt/tenantry/schema
COPY scripts/lib.sh scripts/migrate /opt/tenantry/scripts/
USER tenantry
ENTRYPOINT ["/opt/tenantry/scripts/migrate"]

FROM debian:bookworm-slim AS runtime
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        libdate-tz3 libfmt9 libjwt0 libpq5 libprometheus-cpp-core1.0 libssl3 libutf8proc2 tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 tenantry \
    && install -d -m 700 -o tenantry /var/lib/tenantry
COPY --from=build /out/ /usr/local/bin/
# A library that is missing from the list above fails here rather than at the start.
RUN for program in /usr/local/bin/tenantry-*; do ! ldd "$program" | grep 'not found' || exit 1; done
USER tenantry
CMD ["tenantry-api"]
