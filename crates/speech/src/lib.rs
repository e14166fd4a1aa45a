//! Text to one clean telephone recording.
