//! Behaviour trees of the roles.

use bonsai_bt::Behavior::{self, Action, Select, Sequence};

use crate::level::Role;

/// A leaf of a tree. Conditions succeed or fail; what is done goes on until a branch before it comes up, or
/// fails where there is nothing to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    /// Condition: a foe has been seen for long enough to react.
    SeesFoe,
    /// Condition: the foe is within reach of a blow.
    FoeInReach,
    /// Condition: the foe is near the player.
    FoeNearLeader,
    /// Condition: somebody dangerous is near.
    IsThreatened,
    /// Condition: less than half of its health is left.
    IsHurt,
    /// Condition: home is not too far away.
    IsNearHome,
    /// Faces the foe and strikes.
    Strike,
    /// Goes to the foe; the number is a factor on its speed.
    Chase(f64),
    /// Goes to where a foe was last seen or heard.
    Investigate,
    /// Looks about where it has lost a foe.
    Search,
    /// Walks from place to place.
    Patrol,
    /// Goes to where it belongs.
    GoHome,
    /// Goes after the player.
    Follow,
    /// Runs from what threatens it.
    Flee,
    /// Walks to places about.
    Wander,
    /// Stands.
    Stand,
}

/// The first of these that does not fail, asked anew each tick.
fn first(of: Vec<Behavior<Act>>) -> Behavior<Act> {
    Select(of).memory(false)
}

/// All of these, asked anew each tick.
fn all(of: Vec<Behavior<Act>>) -> Behavior<Act> {
    Sequence(of).memory(false)
}

fn fight(speed: f64) -> Behavior<Act> {
    first(vec![
        all(vec![Action(Act::FoeInReach), Action(Act::Strike)]),
        Action(Act::Chase(speed)),
    ])
}

/// The tree of a role. It never ends: its last branch always goes on.
pub fn tree(role: Role) -> Behavior<Act> {
    let (home, stand) = (Action(Act::GoHome), Action(Act::Stand));
    match role {
        Role::Guard => first(vec![
            all(vec![Action(Act::SeesFoe), fight(1.0)]),
            Action(Act::Investigate),
            Action(Act::Search),
            Action(Act::Patrol),
            home,
            stand,
        ]),
        Role::Companion => first(vec![
            all(vec![
                Action(Act::SeesFoe),
                Action(Act::FoeNearLeader),
                fight(1.0),
            ]),
            Action(Act::Follow),
            stand,
        ]),
        Role::Merchant => first(vec![
            all(vec![Action(Act::IsThreatened), Action(Act::Flee)]),
            home,
            stand,
        ]),
        Role::Prey => first(vec![
            all(vec![Action(Act::IsThreatened), Action(Act::Flee)]),
            Action(Act::Wander),
            stand,
        ]),
        Role::Boss => first(vec![
            // Hurt, it rages: faster, and wherever the foe is.
            all(vec![Action(Act::IsHurt), Action(Act::SeesFoe), fight(1.5)]),
            all(vec![
                Action(Act::SeesFoe),
                Action(Act::IsNearHome),
                fight(0.7),
            ]),
            all(vec![Action(Act::IsHurt), Action(Act::Investigate)]),
            home,
            stand,
        ]),
        Role::Player => stand,
    }
}
