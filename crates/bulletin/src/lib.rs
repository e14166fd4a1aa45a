//! What may be said, for which territory, until when.
