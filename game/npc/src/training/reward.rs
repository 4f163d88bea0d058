//! What happens in a game is worth to whom.

use game::level::Role;

/// Roles that go on to learn by what comes of what they do.
pub fn learns_by_play(role: Role) -> bool {
    matches!(
        role,
        Role::Guard | Role::Boss | Role::Companion | Role::Prey
    )
}

/// What a point of damage is worth to somebody: for its own blows, for its side's, against its own.
pub fn worth(
    own: Role,
    own_name: &str,
    victim: Role,
    victim_name: &str,
    by: &str,
    by_role: Option<Role>,
) -> f64 {
    let is_own = victim_name == own_name;
    let by_own = by == own_name;
    let is_players = |role: Role| matches!(role, Role::Player | Role::Companion);
    let is_guards = |role: Role| matches!(role, Role::Guard | Role::Boss);
    match own {
        Role::Guard | Role::Boss if is_own => -0.7,
        Role::Guard | Role::Boss if is_players(victim) && by_own => 1.0,
        Role::Guard | Role::Boss if is_players(victim) && by_role.is_some_and(is_guards) => 0.3,
        Role::Companion if is_own => -0.3,
        Role::Companion if victim == Role::Player => -0.5,
        Role::Companion if is_guards(victim) && by_own => 1.0,
        Role::Prey if is_own => -6.0,
        _ => 0.0,
    }
}

/// What the end of a game is worth to a character: whether it lives, the player is dead, the level is beaten.
pub fn at_the_end(own: Role, is_alive: bool, is_player_dead: bool, is_beaten: bool) -> f64 {
    match own {
        Role::Guard | Role::Boss if is_player_dead => 2.0,
        Role::Guard | Role::Boss if is_beaten => -1.0,
        Role::Companion if is_player_dead => -2.0,
        Role::Companion if is_beaten => 1.0,
        Role::Prey if is_alive => 1.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_want_what_companions_do_not() {
        let hit = |own: Role, victim: Role| worth(own, "own", victim, "victim", "own", Some(own));
        assert!(hit(Role::Guard, Role::Player) > 0.0);
        assert!(hit(Role::Companion, Role::Guard) > 0.0);
        let player_hurt = worth(
            Role::Companion,
            "c",
            Role::Player,
            "p",
            "g",
            Some(Role::Guard),
        );
        assert!(player_hurt < 0.0);
        assert!(worth(Role::Prey, "p", Role::Prey, "p", "x", Some(Role::Player)) < 0.0);
        assert!(at_the_end(Role::Guard, true, true, false) > 0.0);
        assert!(at_the_end(Role::Companion, true, true, false) < 0.0);
        assert!(!learns_by_play(Role::Merchant));
    }
}
