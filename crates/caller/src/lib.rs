//! A resident at the other end: calls, listens, presses keys, measures.
