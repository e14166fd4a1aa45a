//! The order in which servers of one service are tried (RFC 2782).

/// One SRV record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Service {
    /// Lower ones first.
    pub(super) priority: u16,
    /// Its share among those of the same priority.
    pub(super) weight: u16,
    /// Where it listens.
    pub(super) port: u16,
    /// The name of its machine.
    pub(super) host: String,
}

/// Puts them in order: by priority, and within one by chance, each with a chance in proportion to its weight.
///
/// - `random`: any numbers.
pub(super) fn in_order(
    mut services: Vec<Service>,
    mut random: impl FnMut() -> u64,
) -> Vec<Service> {
    // Those of weight 0 stand first, so that they too have a small chance.
    services.sort_by_key(|service| (service.priority, service.weight));
    let mut ordered = Vec::with_capacity(services.len());
    while let Some(priority) = services.first().map(|service| service.priority) {
        let same = services.iter().take_while(|one| one.priority == priority);
        let weights: Vec<u64> = same.map(|one| u64::from(one.weight)).collect();
        let total: u64 = weights.iter().sum();
        let mut lot = random() % (total + 1);
        let chosen = weights.iter().position(|&weight| {
            let is_it = lot <= weight;
            lot = lot.saturating_sub(weight);
            is_it
        });
        ordered.push(services.remove(chosen.unwrap_or(0)));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_priorities_come_first_whatever_their_weight() {
        let services = vec![
            service(20, 100, "last"),
            service(10, 0, "first"),
            service(10, 0, "second"),
        ];
        let ordered = hosts(in_order(services, || 0));

        assert_eq!(ordered, ["first", "second", "last"]);
    }

    #[test]
    fn within_a_priority_each_is_first_in_proportion_to_its_weight() {
        let mut state = 1_u64;
        let mut first = [0_u32; 2];
        for _ in 0..10_000 {
            let services = vec![service(1, 75, "a"), service(1, 25, "b")];
            let ordered = in_order(services, || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                state >> 33
            });
            assert_eq!(ordered.len(), 2);
            first[usize::from(ordered[0].host == "b")] += 1;
        }
        assert!((7_200..=7_800).contains(&first[0]), "{first:?}");
    }

    fn service(priority: u16, weight: u16, host: &str) -> Service {
        Service {
            priority,
            weight,
            port: 5060,
            host: host.into(),
        }
    }

    fn hosts(services: Vec<Service>) -> Vec<String> {
        services.into_iter().map(|one| one.host).collect()
    }
}
