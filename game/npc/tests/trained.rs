//! What the shipped weights do on a few held-out levels; `npc::eval::measure` says it of many.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use npc::arena::{Driver, Match, Setup, play_all};
use npc::decode::intent;
use npc::eval::{EvalOptions, foreseen, roles, think, win_rate};
use npc::levels::{HELD_OUT_SEED, Kind, level};
use npc::tokens::Part;
use npc::{Network, load};
use tch::nn::VarStore;
use tch::{Device, Tensor};

fn shipped() -> (Network, VarStore) {
    nn::use_one_thread();
    let (network, _, store) =
        load(&common::weights(), Device::Cpu).expect("weights and their card");
    (network, store)
}

fn few(games: u64) -> EvalOptions {
    EvalOptions {
        games,
        first: HELD_OUT_SEED + 5_000,
        ..EvalOptions::default()
    }
}

#[test]
fn the_player_wins_less_the_harder_it_is() {
    let (network, _store) = shipped();
    let wins = |difficulty: f64| {
        let setup = Setup {
            difficulty,
            ..Setup::default()
        };
        let rate = win_rate(&network, "network", setup, &few(32), &mut |_, _, _| true);
        assert_eq!(rate.wins.of, 32);
        rate.wins.share
    };
    let (easy, middle, hard) = (wins(0.0), wins(0.5), wins(1.0));
    assert!(easy > 0.75 && hard < 0.3, "{easy} {hard}");
    assert!(easy > middle && middle > hard, "{easy} {middle} {hard}");
}

#[test]
fn what_it_is_told_of_difficulty_changes_what_it_does() {
    let (network, _store) = shipped();
    let setup = |seed: u64| Setup {
        seed,
        told: Some(0.0),
        ..Setup::default()
    };
    let seeds = HELD_OUT_SEED + 5_000..HELD_OUT_SEED + 5_008;
    let mut games: Vec<Match> = seeds
        .filter_map(|seed| Match::new(&level(Kind::Fight, seed)?, setup(seed)))
        .collect();
    let (mut all, mut changed) = (0u32, 0u32);
    let decide = |values: &[f32]| {
        let x = Tensor::from_slice(values).unsqueeze(0);
        let out = tch::no_grad(|| network.forward(&x)).flatten(0, -1);
        intent(&Vec::<f32>::try_from(out).unwrap()).unwrap()
    };
    play_all(
        &mut games,
        |games, due| {
            for (g, n) in due {
                let npc = &games[*g].npcs[*n];
                let values = &npc.input.as_ref().unwrap().values;
                let mut told_otherwise = values.clone();
                let at = Part::DIFFICULTY.begin;
                told_otherwise[at..at + Part::DIFFICULTY.width].copy_from_slice(&[1.0, 1.0, 1.0]);
                if npc.mind.player().is_some() {
                    let (a, b) = (decide(values), decide(&told_otherwise));
                    let along = a.direction[0] * b.direction[0] + a.direction[1] * b.direction[1];
                    all += 1;
                    changed += u32::from(along < 0.9 || a.attack != b.attack);
                }
            }
            think(&network, games, due, 16);
        },
        |_, _| {},
    );
    assert!(all > 300 && changed * 10 > all, "{changed} of {all}");
}

#[test]
fn it_foresees_better_than_going_on_and_than_staying() {
    let (network, _store) = shipped();
    let [seen, _] = foreseen(&network, &few(24), &mut |_, _, _| true);
    assert!(seen.predictions > 100, "{seen:?}");
    assert!(seen.top_ade_m < seen.steady_ade_m && seen.top_ade_m < seen.still_ade_m);
    assert!(seen.min_ade_m < 0.6 * seen.steady_ade_m, "{seen:?}");
    assert!(seen.miss_rate < seen.steady_miss_rate.min(seen.still_miss_rate));
}

#[test]
fn roles_do_what_they_are_for() {
    let (network, _store) = shipped();
    let figures = roles(&network, &few(24), &mut |_, _, _| true);
    let of = |driver: Driver, figure: &str, role: &str| {
        let name = driver.name();
        let found = figures
            .iter()
            .find(|f| f.driver == name && f.figure.starts_with(figure) && f.role == role);
        found.unwrap_or_else(|| panic!("{figure}")).value
    };
    use Driver::{Chance, Network, Still};
    assert!(of(Network, "lives", "prey") > of(Chance, "lives", "prey"));
    assert!(
        of(Network, "intruders caught", "guard") > of(Still, "intruders caught", "guard") + 0.4
    );
    let with = of(Network, "player's wins with it", "companion");
    assert!(with > of(Network, "player's wins without it", "companion"));
    assert!(of(Network, "from the player", "companion") < 4.0);
    assert!(of(Network, "from home in peace", "merchant") < 1.0);
    assert!(of(Network, "player's wins", "boss") < of(Still, "player's wins", "boss"));
}
