//! Figures as text.

use std::fmt::{Display, Formatter, Result};

use super::{Figures, Foreseen, RoleFigure, WinRate};

fn rates(f: &mut Formatter, rates: &[WinRate]) -> Result {
    writeln!(
        f,
        "{:38} {:>10} {:>6} {:>8} {:>15} {:>7}",
        "who", "difficulty", "games", "player", "95 %", "game s"
    )?;
    for rate in rates {
        let w = &rate.wins;
        let interval = format!("{:.1} to {:.1}", 100.0 * w.low, 100.0 * w.high);
        writeln!(
            f,
            "{:38} {:>10.2} {:>6} {:>6.1} % {interval:>15} {:>7.1}",
            rate.driver,
            rate.difficulty,
            w.of,
            100.0 * w.share,
            rate.time_s
        )?;
    }
    Ok(())
}

fn role(f: &mut Formatter, figure: &RoleFigure) -> Result {
    let RoleFigure {
        role,
        driver,
        figure,
        value,
        ..
    } = figure;
    writeln!(f, "{role:10} {figure:46} {driver:8} {value:>8.3}")
}

fn foreseen(f: &mut Formatter, figure: &Foreseen) -> Result {
    let seen = if figure.is_seen {
        "in view"
    } else {
        "out of view"
    };
    let rows = [
        (
            "network, best of 4",
            figure.min_ade_m,
            figure.min_fde_m,
            figure.miss_rate,
        ),
        (
            "network, most probable",
            figure.top_ade_m,
            figure.top_fde_m,
            figure.top_miss_rate,
        ),
        (
            "constant velocity",
            figure.steady_ade_m,
            figure.steady_fde_m,
            figure.steady_miss_rate,
        ),
        (
            "stays",
            figure.still_ade_m,
            figure.still_fde_m,
            figure.still_miss_rate,
        ),
    ];
    for (who, ade, fde, miss) in rows {
        let miss = 100.0 * miss;
        writeln!(
            f,
            "{seen:12} {:>8} {who:24} {ade:>6.2} {fde:>6.2} {miss:>7.1}",
            figure.predictions
        )?;
    }
    Ok(())
}

impl Display for Figures {
    fn fmt(&self, f: &mut Formatter) -> Result {
        let options = &self.options;
        writeln!(
            f,
            "the player's wins in fights, skill {}, seeds from {}",
            options.skill, options.first
        )?;
        rates(f, &self.win_rates)?;
        writeln!(f, "\nwhat parts are worth")?;
        rates(f, &self.parts)?;
        writeln!(f, "\nroles, difficulty 0.75, {} games each", options.games)?;
        self.roles.iter().try_for_each(|figure| role(f, figure))?;
        writeln!(
            f,
            "\nwhere the player goes; distances over 0.5, 1, 2 and 3 s and at 3 s, misses over 2 m"
        )?;
        writeln!(
            f,
            "{:12} {:>8} {:24} {:>6} {:>6} {:>7}",
            "player", "of", "who", "ADE m", "FDE m", "miss %"
        )?;
        self.foreseen
            .iter()
            .try_for_each(|figure| foreseen(f, figure))
    }
}
