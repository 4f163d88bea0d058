//! Lights remembered: one that leaves the camera's view has not gone dark.

use sim::message::SignalSighting;

/// How long a light that told to stop counts after it was last seen, seconds.
const KEEP_STOP_S: f64 = 8.0;
/// How long any other counts, seconds.
const KEEP_S: f64 = 1.0;

/// The newest sighting of each light.
#[derive(Clone, Debug, Default)]
pub struct LightMemory {
    seen: Vec<(f64, SignalSighting)>,
}

impl LightMemory {
    /// Takes the sightings of an instant in; returns all that count at it.
    pub fn update(&mut self, time_s: f64, sightings: &[SignalSighting]) -> Vec<SignalSighting> {
        for new in sightings {
            match self
                .seen
                .iter_mut()
                .find(|s| s.1.signal_id == new.signal_id)
            {
                Some(known) => *known = (time_s, new.clone()),
                None => self.seen.push((time_s, new.clone())),
            }
        }
        self.seen.retain(|(seen_s, sighting)| {
            let [dark, red, yellow, green] = sighting.probability;
            let keep_s = if red.max(yellow) > dark.max(green) {
                KEEP_STOP_S
            } else {
                KEEP_S
            };
            time_s - seen_s <= keep_s
        });
        self.seen.iter().map(|(_, s)| s.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_red_light_out_of_view_is_still_red_and_a_green_one_is_soon_forgotten() {
        let light = |id: &str, probability| SignalSighting {
            signal_id: id.to_owned(),
            probability,
        };
        let both = [
            light("a", [0.0, 0.9, 0.1, 0.0]),
            light("b", [0.0, 0.0, 0.1, 0.9]),
        ];
        let mut memory = LightMemory::default();
        assert_eq!(memory.update(0.0, &both), both);
        assert_eq!(memory.update(2.0, &[]), both[..1]);
        let turned = [light("a", [0.0, 0.0, 0.0, 1.0])];
        assert_eq!(memory.update(2.1, &turned), turned);
        assert!(memory.update(9.0, &[]).is_empty());
    }
}
