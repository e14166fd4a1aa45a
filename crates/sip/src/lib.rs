//! Signalling without I/O: messages, SDP, transactions, dialogs, the answering agent.
