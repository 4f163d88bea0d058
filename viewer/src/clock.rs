//! Which tick is shown, and how that goes on with the wall clock.
//!
//! The clock only says what is looked at. It never reaches a world: a run driven by it, with pauses, jumps and
//! any speed, makes the same states as one that nobody looks at.

/// Slowest and fastest speed that the controls offer; anything faster is as fast as it goes.
pub const SPEEDS: [f64; 10] = [
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    50.0,
    f64::INFINITY,
];

/// The place in time that is shown.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Ticks since the run's start; between two of them, states are interpolated.
    pub at: f64,
    /// Simulated seconds a second; infinite for as fast as it goes.
    pub speed: f64,
    /// Whether it goes on.
    pub is_playing: bool,
    /// Whether it goes backwards.
    pub is_reverse: bool,
    /// First and last tick of a range that is repeated.
    pub repeat: Option<(u64, u64)>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            at: 0.0,
            speed: 1.0,
            is_playing: false,
            is_reverse: false,
            repeat: None,
        }
    }
}

impl Clock {
    /// The tick that is shown: the last one reached.
    pub fn tick(&self) -> u64 {
        self.at.max(0.0).floor() as u64
    }

    /// The tick that should be there soon, for a run that makes its ticks when asked.
    pub fn wanted(&self, dt_s: f64) -> u64 {
        let ahead_s = if !self.is_playing || self.is_reverse {
            0.0
        } else if self.speed.is_finite() {
            // Half a second of what is played, so that slow ticks do not stutter at once.
            0.5 * self.speed
        } else {
            return u64::MAX;
        };
        let wanted = self
            .tick()
            .saturating_add((ahead_s / dt_s).ceil() as u64 + 1);
        match self.repeat {
            Some((_, last)) => wanted.min(last + 1),
            None => wanted,
        }
    }

    /// Goes to a tick.
    pub fn seek(&mut self, tick: u64) {
        self.at = tick as f64;
    }

    /// Goes on by a time on the wall within the ticks there are; the ticks that were reached on the way, in
    /// order.
    pub fn advance(&mut self, wall_s: f64, dt_s: f64, (first, last): (u64, u64)) -> Vec<u64> {
        if !self.is_playing {
            self.at = self.at.clamp(first as f64, last as f64);
            return Vec::new();
        }
        let (low, high) = match self.repeat {
            Some((a, b)) => (a.max(first), b.min(last).max(a.max(first))),
            None => (first, last),
        };
        let before = self.tick();
        let step = if self.speed.is_finite() {
            (wall_s * self.speed / dt_s).min(1e9)
        } else {
            (last - first) as f64 + 1.0
        };
        if self.is_reverse {
            self.at = (self.at - step).max(low as f64);
            if self.at <= low as f64 {
                match self.repeat {
                    Some(_) => self.at = high as f64,
                    None => self.is_playing = false,
                }
            }
            let after = self.tick();
            return (after..before).rev().collect();
        }
        self.at = (self.at + step).min(high as f64);
        let after = self.tick();
        let reached = (before + 1..=after).collect();
        if let Some((_, wanted)) = self.repeat
            && after >= wanted
        {
            self.at = low as f64;
        }
        reached
    }

    /// The next slower or faster of [`SPEEDS`].
    pub fn change_speed(&mut self, is_faster: bool) {
        let next = if is_faster {
            SPEEDS.iter().find(|s| **s > self.speed)
        } else {
            SPEEDS.iter().rev().find(|s| **s < self.speed)
        };
        self.speed = next.copied().unwrap_or(self.speed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playing() -> Clock {
        Clock {
            is_playing: true,
            ..Clock::default()
        }
    }

    #[test]
    fn it_goes_on_with_the_wall_clock_and_tells_each_tick_it_passes() {
        let mut clock = playing();
        assert_eq!(clock.advance(0.12, 0.05, (0, 100)), [1, 2]);
        assert!((clock.at - 2.4).abs() < 1e-9);
        assert_eq!(clock.advance(0.03, 0.05, (0, 100)), [3]);
        clock.speed = 0.05;
        assert!(clock.advance(0.5, 0.05, (0, 100)).is_empty());
    }

    #[test]
    fn it_waits_at_the_newest_tick_and_goes_on_when_more_come() {
        let mut clock = playing();
        assert_eq!(clock.advance(10.0, 0.05, (0, 3)), [1, 2, 3]);
        assert!(clock.is_playing);
        assert_eq!(clock.advance(0.05, 0.05, (0, 5)), [4]);
    }

    #[test]
    fn reverse_ends_at_the_start_and_a_range_is_repeated() {
        let mut clock = playing();
        clock.seek(4);
        clock.is_reverse = true;
        assert_eq!(clock.advance(0.1, 0.05, (0, 9)), [3, 2]);
        clock.advance(5.0, 0.05, (0, 9));
        assert_eq!((clock.tick(), clock.is_playing), (0, false));
        let mut clock = playing();
        clock.repeat = Some((2, 6));
        clock.seek(5);
        assert_eq!(clock.advance(0.05, 0.05, (0, 9)), [6]);
        assert_eq!(clock.tick(), 2);
    }

    #[test]
    fn the_fastest_speed_goes_to_the_newest_tick() {
        let mut clock = playing();
        clock.speed = f64::INFINITY;
        assert_eq!(clock.advance(0.001, 0.05, (0, 4)), [1, 2, 3, 4]);
        assert_eq!(clock.wanted(0.05), u64::MAX);
    }

    #[test]
    fn speeds_go_up_and_down_the_table() {
        let mut clock = Clock::default();
        clock.change_speed(true);
        assert_eq!(clock.speed, 2.0);
        for _ in 0..20 {
            clock.change_speed(false);
        }
        assert_eq!(clock.speed, 0.05);
    }
}
