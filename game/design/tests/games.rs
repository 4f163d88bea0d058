//! Games of one level with different seeds are different games.

use design::levels::difficulty::{hardship, play_once};
use design::levels::{Asked, Source, generate};

#[test]
fn another_seed_is_another_game_and_the_same_is_the_same() {
    let asked = Asked {
        seed: 12,
        difficulty: 0.5,
        ..Asked::default()
    };
    let level = generate(&asked, Source::Rules).unwrap().level;
    let games: Vec<_> = (0..6)
        .map(|seed| play_once(&level, 0.4, seed).unwrap())
        .collect();
    let mut hashes: Vec<&str> = games.iter().map(|game| game.state_hash.as_str()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let hard: Vec<f64> = games.iter().map(hardship).collect();
    assert_eq!(hashes.len(), 6, "{hard:?}");
    assert!(hard.iter().all(|h| (0.0..=1.0).contains(h)));
    assert_eq!(play_once(&level, 0.4, 3).unwrap(), games[3]);
}
