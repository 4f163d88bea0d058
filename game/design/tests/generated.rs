//! Laws of generated levels, by the function that measures them.

use design::levels::eval::{EvalOptions, evaluate};
use design::levels::training::by_rules;
use design::levels::wfc::Patterns;
use design::levels::{
    Asked, Features, GenerateError, Sketch, Source, Theme, generate, generate_many,
};

#[test]
fn every_level_is_proven_and_the_skilled_player_beats_it() {
    let corpus: Vec<Sketch> = by_rules(1_000_000, 60)
        .into_iter()
        .map(|example| example.sketch)
        .collect();
    let options = EvalOptions {
        count: 12,
        columns: 20,
        games: 0,
        ..EvalOptions::default()
    };
    let figures = evaluate(&options, Source::Rules, &corpus, &mut |_, _| {});
    assert_eq!(figures.generated, 1.0, "{figures:?}");
    assert_eq!(figures.proven, 1.0, "{figures:?}");
    assert!(figures.beaten > 0.9, "{figures:?}");
    assert_eq!(figures.near_duplicates, 0.0, "{figures:?}");
}

#[test]
fn levels_by_collapse_are_proven_too() {
    let corpus: Vec<Sketch> = by_rules(2_000_000, 120)
        .into_iter()
        .map(|example| example.sketch)
        .filter(|sketch| sketch.theme == Theme::Caves)
        .collect();
    let patterns = Patterns::learn(&corpus.iter().collect::<Vec<_>>());
    let options = EvalOptions {
        count: 4,
        columns: 16,
        rows: 12,
        is_played: false,
        games: 0,
        theme: Some(Theme::Caves),
        ..EvalOptions::default()
    };
    let figures = evaluate(
        &options,
        Source::Collapse(&patterns),
        &corpus,
        &mut |_, _| {},
    );
    assert_eq!(
        (figures.generated, figures.proven),
        (1.0, 1.0),
        "{figures:?}"
    );
}

#[test]
fn the_same_seed_gives_the_same_level_alone_or_among_others() {
    let asked: Vec<Asked> = (0..6)
        .map(|i| Asked {
            theme: Theme::ALL[i % Theme::ALL.len()],
            seed: 40 + i as u64,
            columns: 18,
            ..Asked::default()
        })
        .collect();
    let together = generate_many(&asked, Source::Rules);
    for (asked, made) in asked.iter().zip(together) {
        assert_eq!(generate(asked, Source::Rules), made);
    }
}

#[test]
fn what_is_asked_for_is_there() {
    let features = Features {
        locks: 1,
        levers: 1,
        guards: 2,
        treasures: 1,
        ..Features::default()
    };
    let asked = Asked {
        features: Some(features),
        seed: 3,
        ..Asked::default()
    };
    let has = generate(&asked, Source::Rules).unwrap().sketch.features();
    assert!(has.locks >= 1 && has.levers >= 1 && has.guards >= 2 && has.treasures == 1);
}

#[test]
fn what_cannot_be_asked_for_is_an_error() {
    let of = |asked: Asked| generate(&asked, Source::Rules).unwrap_err();
    let small = Asked {
        columns: 3,
        ..Asked::default()
    };
    assert_eq!(of(small), GenerateError::Size(3, 14));
    let hard = Asked {
        difficulty: f64::NAN,
        ..Asked::default()
    };
    assert!(matches!(of(hard), GenerateError::Difficulty(_)));
    let full = Asked {
        features: Some(Features {
            guards: 99,
            ..Features::default()
        }),
        ..Asked::default()
    };
    let text = of(full).to_string();
    assert_eq!(text, "expected at most 8 guards, found 99");
}
