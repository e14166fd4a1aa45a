//! Sound on the wire without I/O: RTP, G.711, keypad, reels, players.
