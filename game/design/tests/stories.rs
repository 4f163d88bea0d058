//! Laws of stories: what is generated can be finished, files are read as written, progress follows what happens.

use std::path::Path;
use std::sync::Arc;

use design::stories::{
    Change, EvalOptions, Objective, QuestState, Story, StoryOptions, branches, drawn, eval,
    generate, play_branch, verify,
};
use game::PlayOptions;

#[allow(clippy::expect_used, reason = "a test's helper")]
fn story(seed: u64) -> Story {
    generate(&drawn(seed, false)).expect("a story")
}

#[test]
fn every_branch_of_generated_stories_is_proven_and_finished() {
    let options = EvalOptions {
        count: 12,
        first_seed: 500,
        is_played_before: false,
        ..EvalOptions::default()
    };
    let figures = eval(&options, &mut |_, _| {});
    assert_eq!(figures.finished, 12, "{:?}", figures.failures);
    assert_eq!(figures.branches, figures.branches_finished);
    // The end leaves two ways at least.
    assert!(figures.branches >= 24);
    assert!(figures.mean_depth > 3.0, "{}", figures.mean_depth);
    assert!(figures.mean_remembered > 1.0, "{}", figures.mean_remembered);
}

#[test]
fn the_same_seed_gives_the_same_story_and_the_same_play() {
    let (a, b) = (story(3), story(3));
    assert_eq!(a, b);
    assert_ne!(a.level.rooms, story(4).level.rooms);
    let (branch, _) = branches(&a).expect("branches").remove(0);
    let play = |story: Story| {
        let outcome = play_branch(&Arc::new(story), &branch, &PlayOptions::default());
        outcome.expect("played").state_hash
    };
    assert_eq!(play(a), play(b));
}

#[test]
fn a_story_is_read_as_it_was_written() {
    for seed in 0..6 {
        let story = story(seed);
        let text = story.to_text().expect("written");
        let read = Story::parse(Path::new("s.ron"), &text).expect("read");
        assert_eq!(read, story);
    }
}

const SMALL: &str = r###########"(
    title: "Bread",
    level: (
        name: "Bread",
        legend: {
            'm': Character(role: Merchant, name: "Mira", speed_mps: 0),
            'b': Item(Quest("bread")),
            'R': Door(lock: Key("red")),
            'h': Place("home"),
        },
        rooms: [(rows: [
            "##########",
            "#@.b..m..#",
            "#........#",
            "####R#####",
            "#...h....#",
            "##########",
        ])],
        goals: [Reach("home")],
    ),
    quests: [
        (id: "hunger", title: "Hunger", giver: "Mira",
            steps: [Fetch("bread"), Deliver("bread", "Mira")], rewards: [Item(Key("red"))]),
        (id: "home", title: "Home", needs: ["hunger"], steps: [Open("red"), Reach("home")], is_ending: true),
    ],
)"###########;

fn parse(text: &str) -> Result<Story, sim::input::InputError> {
    Story::parse(Path::new("small.ron"), text)
}

#[test]
fn a_key_that_is_given_opens_the_way() {
    let story = Arc::new(parse(SMALL).expect("a story"));
    let verdict = verify(&story, Some(&PlayOptions::default()));
    assert!(verdict.is_sound, "{:?}", verdict.problems);
    let outcome = verdict.branches[0].outcome.as_ref().expect("played");
    assert_eq!(outcome.done, ["hunger", "home"]);
    let words: Vec<&str> = outcome.events.iter().map(|e| e.kind.words().0).collect();
    let at = |word: &str| words.iter().position(|w| *w == word).expect(word);
    assert!(at("picked_up") < at("gave"));
    assert!(at("gave") < at("received"));
    assert!(at("received") < at("opened"));
}

#[test]
fn what_cannot_be_done_is_found_out() {
    // Nobody gives the key.
    let locked = parse(&SMALL.replace(", rewards: [Item(Key(\"red\"))]", "")).expect("a story");
    let verdict = verify(&Arc::new(locked), Some(&PlayOptions::default()));
    assert!(!verdict.is_sound);
    assert!(
        verdict.problems[0].contains("open the red door"),
        "{:?}",
        verdict.problems
    );
    // The bread lies behind the door that it is to open.
    let moved = SMALL
        .replace("#@.b..m..#", "#@....m..#")
        .replace("#...h....#", "#.b.h....#");
    let verdict = verify(&Arc::new(parse(&moved).expect("a story")), None);
    assert!(!verdict.is_sound);
    assert!(
        verdict.problems[0].contains("get the bread"),
        "{:?}",
        verdict.problems
    );
}

#[test]
fn files_that_name_what_there_is_not_are_refused_with_their_line() {
    for (from, to, line) in [
        ("title: \"Bread\"", "tilte: \"Bread\"", 2),
        ("Fetch(\"bread\")", "Fetch(\"wine\")", 22),
        ("giver: \"Mira\"", "giver: \"Nora\"", 22),
        ("needs: [\"hunger\"]", "needs: [\"thirst\"]", 24),
        ("needs: [\"hunger\"]", "needs: [\"home\"]", 21),
        ("is_ending: true", "is_ending: false", 21),
        ("Reach(\"home\")], is", "Reach(\"rome\")], is", 24),
        ("id: \"home\"", "id: \"hunger\"", 22),
    ] {
        let text = SMALL.replace(from, to);
        assert_ne!(text, SMALL);
        let error = parse(&text).expect_err(to);
        assert_eq!(error.line, Some(line), "{to}: {error}");
    }
    // The level is held to the rules of levels.
    assert!(parse(&SMALL.replace("\"#@.b", "\"#..b")).is_err());
    assert!(parse(&SMALL.replace("speed_mps: 0", "speed_mps: -1")).is_err());
}

#[test]
fn options_out_of_range_are_refused() {
    let usual = StoryOptions::default();
    for wrong in [
        StoryOptions {
            size: 2,
            ..usual.clone()
        },
        StoryOptions {
            quests: 90,
            ..usual.clone()
        },
        StoryOptions {
            difficulty: f64::NAN,
            ..usual.clone()
        },
        StoryOptions {
            theme: "space".into(),
            ..usual.clone()
        },
    ] {
        assert!(generate(&wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn what_characters_know_is_true_and_who_sees_remembers() {
    let story = story(11);
    for sheet in &story.cast {
        for (what, relation, _) in sheet.knows.iter().chain(&sheet.secrets) {
            assert_eq!(relation, "is in");
            assert_ne!(what, &sheet.name);
        }
    }
    let (branch, _) = branches(&story).expect("branches").remove(0);
    let story = Arc::new(story);
    let mut world =
        design::stories::ready_story(&story, &branch, &PlayOptions::default()).expect("a world");
    let mut pipeline = sim::tick::Pipeline::new(Vec::new());
    while world.is_running() {
        pipeline.tick(std::slice::from_mut(&mut world));
    }
    let director = world.ecs.resource::<design::stories::Director>();
    let all = story.quests.iter().map(|q| director.progress.state(&q.id));
    assert!(
        all.flatten()
            .all(|s| matches!(s, QuestState::Done | QuestState::Closed))
    );
    // Who was talked to remembers it.
    let first = match &story.quests[0].steps[0] {
        Objective::Talk(who) => who.clone(),
        other => panic!("a story begins with a talk, not {other:?}"),
    };
    let talks = director.memories.of(&first).iter();
    assert!(
        talks
            .clone()
            .any(|m| m.fact.1 == "talked to" && m.fact.2 == first)
    );
    let done = director
        .changes
        .iter()
        .filter(|(_, c)| matches!(c, Change::Done(_)));
    assert!(done.count() >= 3);
}
