//! How the line is, for those who watch it.

/// The state of a [`Line`](crate::Line) at one instant. Counters count from its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineHealth {
    /// Calls not yet over.
    pub calls: usize,
    /// Connections of signalling, by TCP and TLS.
    pub connections: usize,
    /// Whether a new call would be answered now.
    pub accepting: bool,
    /// Whether every thread has real-time priority; without it a busy machine makes packets late.
    pub real_time: bool,
    /// Whether callers hear the short programme.
    pub short_programme: bool,
    /// The share of its time that the busiest media thread works, in percent; above 80 no new call is taken.
    pub busiest_thread_percent: u8,
    /// Media threads that should run.
    pub media_threads: usize,
    /// Media threads that showed a sign of life within the last second.
    pub media_threads_alive: usize,
    /// Whether the signalling thread showed a sign of life within the last two seconds.
    pub signalling_alive: bool,
    /// Calls answered and acknowledged.
    pub calls_answered: u64,
    /// Calls refused at the gate: full, too fast, draining.
    pub calls_refused: u64,
    /// Of these, because no media thread had room: the machine is the limit, and no number that somebody has chosen.
    pub calls_refused_overloaded: u64,
    /// RTP packets handed to the network.
    pub packets_sent: u64,
    /// RTP packets that the network did not take.
    pub packets_unsent: u64,
    /// Times a caller's machine said that nobody listens there (ICMP port unreachable).
    pub unreachable: u64,
    /// Packets and reports of encrypted calls that were refused: not sealed with the caller's key, or heard before.
    pub forgeries: u64,
    /// Slots of one millisecond begun more than 5 ms late.
    pub late_slots: u64,
    /// Slots given up because the thread was more than 100 ms behind.
    pub skipped_slots: u64,
    /// Receiver reports heard (RTCP).
    pub reports_heard: u64,
    /// Calls ended because nothing was heard of the caller any more.
    pub media_deaths: u64,
    /// Datagrams from addresses of no trunk, let go unanswered.
    pub strangers: u64,
    /// SIP datagrams that could not be read.
    pub malformed: u64,
    /// Call records lost because nobody took them.
    pub records_dropped: u64,
    /// Faults of ours that ended a call or restarted a media thread.
    pub faults: u64,
}

impl LineHealth {
    /// Whether callers are served: every thread lives.
    #[must_use]
    pub fn alive(&self) -> bool {
        self.signalling_alive && self.media_threads_alive == self.media_threads
    }
}
