// PostgreSQL's advisory locks of two numbers: the first says what is locked, the second which of
// it. None of them is one that a request takes for an Idempotency-Key of its own choice, since that
// has one number.
#pragma once

#define LOCK_OF_JOBS "1"     // an agency's, while they are claimed
#define LOCK_OF_OFFICES "2"  // one process holds, see leadership
