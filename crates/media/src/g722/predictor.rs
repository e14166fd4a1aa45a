//! The predictor of a band: two poles and six zeros, each moved a little after every sample (ITU-T G.722 § 6.2.1.5).

/// What a band has been, and what it is expected to be next.
#[derive(Clone, Debug, Default)]
pub(super) struct Predictor {
    /// S, the next sample as it is expected.
    next: i32,
    /// SZ, the part of it that comes from the zeros.
    from_zeros: i32,
    /// A1 and A2.
    poles: [i32; 2],
    /// B1 to B6.
    zeros: [i32; 6],
    /// RLT, the last two samples as restored, the latest first.
    restored: [i32; 2],
    /// PLT, the last two partly restored.
    partly: [i32; 2],
    /// DLT, the last six differences.
    misses: [i32; 6],
}

impl Predictor {
    /// The next sample as it is expected.
    pub(super) fn next(&self) -> i32 {
        self.next
    }

    /// Takes the difference that was told and gets ready for the next sample.
    pub(super) fn learn(&mut self, miss: i32) {
        // RECONS and PARREC
        let restored = saturated(self.next + miss);
        let partly = saturated(self.from_zeros + miss);
        self.move_poles(partly);
        self.move_zeros(miss);
        self.restored = [restored, self.restored[0]];
        self.partly = [partly, self.partly[0]];
        let [a, b, c, d, e, _] = self.misses;
        self.misses = [miss, a, b, c, d, e];
        self.predict();
    }

    /// UPPOL2 and UPPOL1.
    fn move_poles(&mut self, partly: i32) {
        let [first, second] = self.poles;
        let same = |before: i32| (partly < 0) == (before < 0);
        let pull = saturated(first << 2);
        let pull = if same(self.partly[0]) {
            saturated(-pull)
        } else {
            pull
        };
        let push = if same(self.partly[1]) { 128 } else { -128 };
        let second = (push + (pull >> 7) + ((second * 32_512) >> 15)).clamp(-12_288, 12_288);
        let push = if same(self.partly[0]) { 192 } else { -192 };
        let most = 15_360 - second;
        let first = (push + ((first * 32_640) >> 15)).clamp(-most, most);
        self.poles = [first, second];
    }

    /// UPZERO.
    fn move_zeros(&mut self, miss: i32) {
        let step = if miss == 0 { 0 } else { 128 };
        for (zero, &before) in self.zeros.iter_mut().zip(&self.misses) {
            let push = if (miss < 0) == (before < 0) {
                step
            } else {
                -step
            };
            *zero = saturated(push + ((*zero * 32_640) >> 15));
        }
    }

    /// FILTEP, FILTEZ and PREDIC.
    fn predict(&mut self) {
        let part = |weight: i32, value: i32| (weight * saturated(2 * value)) >> 15;
        let from_poles = saturated(
            part(self.poles[0], self.restored[0]) + part(self.poles[1], self.restored[1]),
        );
        self.from_zeros = self
            .zeros
            .iter()
            .zip(&self.misses)
            .rev()
            .fold(0, |sum, (&zero, &miss)| saturated(sum + part(zero, miss)));
        self.next = saturated(from_poles + self.from_zeros);
    }
}

/// Held within 16 bits.
pub(super) fn saturated(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}
