//! Traffic by words: what "busy roundabout in rain at dusk, one cyclist" asks for.
//!
//! Every word must be understood, so that nothing that was asked for is left out silently.

use sim::actor::ActorClass;

use super::options::TrafficOptions;
use super::{MapKind, Weather};

/// What some words ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// The kind of map; none where the words name none.
    pub kind: Option<MapKind>,
    /// The traffic on it.
    pub traffic: TrafficOptions,
    /// Those who ride or walk of whom a number was named.
    pub counted: Vec<ActorClass>,
    /// Light and weather; none where the words name none.
    pub weather: Option<Weather>,
}

/// A word that is not understood, or two that don't go together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct WordsError {
    /// What would do there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// Kinds of maps.
const MAPS: [(&str, MapKind); 17] = [
    ("town", MapKind::Town),
    ("city", MapKind::Town),
    ("urban", MapKind::Town),
    ("village", MapKind::Town),
    ("highway", MapKind::Highway),
    ("motorway", MapKind::Highway),
    ("freeway", MapKind::Highway),
    ("autobahn", MapKind::Highway),
    ("intersection", MapKind::Intersection),
    ("junction", MapKind::Intersection),
    ("crossroads", MapKind::Intersection),
    ("crossing", MapKind::Intersection),
    ("roundabout", MapKind::Roundabout),
    ("curvy", MapKind::Curvy),
    ("winding", MapKind::Curvy),
    ("rural", MapKind::Curvy),
    ("country", MapKind::Curvy),
];

/// How much traffic, as a factor on the usual density.
const DENSITIES: [(&str, f64); 14] = [
    ("empty", 0.0),
    ("deserted", 0.0),
    ("quiet", 0.4),
    ("calm", 0.4),
    ("light", 0.4),
    ("sparse", 0.4),
    ("normal", 1.0),
    ("moderate", 1.0),
    ("busy", 2.0),
    ("crowded", 2.0),
    ("dense", 2.0),
    ("heavy", 2.0),
    ("jammed", 3.0),
    ("full", 3.0),
];

/// How many.
const COUNTS: [(&str, usize); 21] = [
    ("no", 0),
    ("without", 0),
    ("zero", 0),
    ("a", 1),
    ("an", 1),
    ("one", 1),
    ("single", 1),
    ("two", 2),
    ("couple", 2),
    ("three", 3),
    ("some", 3),
    ("few", 3),
    ("four", 4),
    ("five", 5),
    ("several", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("many", 12),
];

/// Who.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Class(ActorClass),
    Parked,
    Stalled,
}

const WHO: [(&str, Who); 18] = [
    ("cyclist", Who::Class(ActorClass::Bicycle)),
    ("bicycle", Who::Class(ActorClass::Bicycle)),
    ("bike", Who::Class(ActorClass::Bicycle)),
    ("pedestrian", Who::Class(ActorClass::Pedestrian)),
    ("person", Who::Class(ActorClass::Pedestrian)),
    ("people", Who::Class(ActorClass::Pedestrian)),
    ("walker", Who::Class(ActorClass::Pedestrian)),
    ("car", Who::Class(ActorClass::Car)),
    ("van", Who::Class(ActorClass::Van)),
    ("truck", Who::Class(ActorClass::Truck)),
    ("lorry", Who::Class(ActorClass::Truck)),
    ("lorrie", Who::Class(ActorClass::Truck)),
    ("bus", Who::Class(ActorClass::Bus)),
    ("buse", Who::Class(ActorClass::Bus)),
    ("motorcycle", Who::Class(ActorClass::Motorcycle)),
    ("motorbike", Who::Class(ActorClass::Motorcycle)),
    ("motorcyclist", Who::Class(ActorClass::Motorcycle)),
    ("breakdown", Who::Stalled),
];

/// Sun over the horizon by time of day, degrees.
const TIMES: [(&str, f64); 9] = [
    ("night", -18.0),
    ("midnight", -40.0),
    ("dawn", 3.0),
    ("sunrise", 3.0),
    ("morning", 20.0),
    ("noon", 55.0),
    ("day", 45.0),
    ("evening", 12.0),
    ("dusk", 1.0),
];

/// Words that add nothing.
const FILLERS: [&str; 24] = [
    "in", "at", "on", "with", "and", "the", "of", "traffic", "during", "by", "road", "roads",
    "street", "streets", "scene", "scenario", "weather", "sky", "there", "is", "are", "time",
    "only", "under",
];

fn found<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    table.iter().find(|(w, _)| *w == word).map(|(_, v)| *v)
}

/// A word or its singular.
fn who(word: &str) -> Option<Who> {
    let singular = word.strip_suffix('s').unwrap_or(word);
    found(&WHO, word).or_else(|| found(&WHO, singular))
}

fn count(word: &str) -> Option<usize> {
    let digits = word.parse().ok().filter(|n| *n <= 200);
    found(&COUNTS, word).or(digits)
}

fn wrong(expected: &str, word: &str) -> WordsError {
    WordsError {
        expected: expected.to_owned(),
        found: word.to_owned(),
    }
}

/// Reads what some words ask for, English ones.
///
/// # Errors
/// If a word is not understood, a map is named twice, or a number is followed by nobody.
pub fn wish(words: &str) -> Result<Wish, WordsError> {
    let lower = words
        .to_lowercase()
        .replace("broken-down", "stalled")
        .replace("rush hour", "jammed");
    let all: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut wish = Wish {
        kind: None,
        traffic: TrafficOptions::default(),
        counted: Vec::new(),
        weather: None,
    };
    let mut density = None;
    let mut i = 0;
    while let Some(word) = all.get(i) {
        let next = all.get(i + 1).copied();
        i += 1;
        // "heavy rain" and "dense fog" are no traffic.
        if let Some(used) = weather(word, next, &mut wish.weather) {
            i += used - 1;
        } else if let Some(number) = count(word) {
            i = counted(&all, i, number, &mut wish)?;
        } else if let Some(kind) = found(&MAPS, word).or(found(&MAPS, word.trim_end_matches('s'))) {
            if wish.kind.is_some_and(|known| known != kind) {
                return Err(wrong("one kind of map", word));
            }
            wish.kind = Some(kind);
        } else if let Some(factor) = found(&DENSITIES, word) {
            density = Some(factor);
        } else if let Some(who) = who(word) {
            // Of whom no number is said there are some.
            let usual = if who == Who::Stalled { 1 } else { 4 };
            put(who, usual, &mut wish);
        } else if matches!(*word, "parked" | "stalled" | "broken") {
            i = counted(&all, i - 1, 4, &mut wish)?;
        } else if !FILLERS.contains(word) {
            return Err(wrong(
                "a map (town, highway, intersection, roundabout, curvy), density (empty, quiet, busy, jammed), number \
                 and kind of road users (two trucks, one cyclist, no pedestrians, parked cars), weather (rain, fog, \
                 clouds, sun) or time of day (night, dawn, noon, dusk)",
                word,
            ));
        }
    }
    // Who counts the cars means all that drive.
    let counts_cars = wish
        .traffic
        .exactly
        .iter()
        .any(|(class, _)| *class == ActorClass::Car);
    if density.is_none() && counts_cars {
        wish.traffic.max_vehicles = 0;
    }
    if let Some(factor) = density {
        let traffic = &mut wish.traffic;
        traffic.vehicles_per_km *= factor;
        traffic.max_vehicles = (traffic.max_vehicles as f64 * factor) as usize;
    }
    Ok(wish)
}

/// What comes after a number; the place after it.
fn counted(
    all: &[&str],
    mut i: usize,
    number: usize,
    wish: &mut Wish,
) -> Result<usize, WordsError> {
    let (mut number, mut way) = (number, None);
    loop {
        let Some(word) = all.get(i) else {
            return Err(wrong(
                "road users after a number, such as two cars",
                all.last().unwrap_or(&""),
            ));
        };
        i += 1;
        match *word {
            "of" | "down" | "more" | "other" => {}
            "parked" => way = Some(Who::Parked),
            "stalled" | "broken" => way = Some(Who::Stalled),
            // A few, a couple.
            _ if count(word).is_some() => number = count(word).unwrap_or(number),
            _ => {
                let Some(who) = who(word) else {
                    // An article of something else, such as a roundabout.
                    let is_article = number == 1 && way.is_none();
                    return if is_article {
                        Ok(i - 1)
                    } else {
                        Err(wrong("road users after a number, such as two cars", word))
                    };
                };
                put(way.unwrap_or(who), number, wish);
                return Ok(i);
            }
        }
    }
}

fn put(who: Who, number: usize, wish: &mut Wish) {
    if let Who::Class(class @ (ActorClass::Bicycle | ActorClass::Pedestrian)) = who {
        wish.counted.push(class);
    }
    let traffic = &mut wish.traffic;
    match who {
        Who::Class(ActorClass::Bicycle) => traffic.cyclists = number,
        Who::Class(ActorClass::Pedestrian) => traffic.pedestrians = number,
        Who::Parked if number == 0 => traffic.parked_share = 0.0,
        // Between a few and all places.
        Who::Parked => traffic.parked_share = (number as f64 / 8.0).min(1.0),
        Who::Stalled => traffic.stalled = number,
        Who::Class(ActorClass::Car) if number == 0 => traffic.max_vehicles = 0,
        Who::Class(class) => {
            traffic.exactly.retain(|(known, _)| *known != class);
            traffic.exactly.push((class, number));
        }
    }
}

/// Takes a word of weather, with the one after it where both belong together; how many were taken.
fn weather(word: &str, next: Option<&str>, slot: &mut Option<Weather>) -> Option<usize> {
    let mut taken = 1;
    let (strong, what): (f64, &str) = match (word, next) {
        (
            "heavy" | "strong" | "pouring" | "dense" | "thick",
            Some(w @ ("rain" | "fog" | "mist" | "clouds")),
        ) => {
            taken = 2;
            (2.0, w)
        }
        ("light" | "slight" | "thin", Some(w @ ("rain" | "fog" | "mist" | "clouds"))) => {
            taken = 2;
            (0.5, w)
        }
        ("rainy", _) => (1.0, "rain"),
        ("foggy", _) => (1.0, "fog"),
        ("misty", _) => (1.0, "mist"),
        ("cloudy" | "overcast", _) => (1.0, "clouds"),
        (w, _) => (1.0, w),
    };
    let mut new = slot.clone().unwrap_or_default();
    match what {
        "rain" => new.rain_mmph = 6.0 * strong * strong.max(1.0),
        "drizzle" => new.rain_mmph = 1.0,
        "downpour" | "storm" => new.rain_mmph = 30.0,
        "fog" => new.visual_range_m = 160.0 / strong,
        "mist" => new.visual_range_m = 500.0 / strong,
        "clouds" => new.cloud_cover = 0.5 + 0.25 * strong,
        "sun" | "sunny" | "clear" => new.cloud_cover = 0.0,
        _ => new.sun_elevation_deg = found(&TIMES, what)?,
    }
    if new.rain_mmph > 0.0 {
        new.cloud_cover = new.cloud_cover.max(0.9);
        new.visual_range_m = new.visual_range_m.min(3000.0);
    }
    *slot = Some(new);
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &str) -> Wish {
        wish(words).expect("understood")
    }

    #[test]
    fn words_say_map_density_weather_and_who_is_there() {
        let rain = of("busy roundabout in rain, one cyclist");
        assert_eq!(rain.kind, Some(MapKind::Roundabout));
        assert_eq!(rain.traffic.cyclists, 1);
        assert!(rain.traffic.vehicles_per_km > TrafficOptions::default().vehicles_per_km);
        assert!(rain.weather.expect("some").rain_mmph > 0.0);
        let night = of("A quiet highway at night with two trucks, a bus and no motorcycles");
        assert_eq!(night.kind, Some(MapKind::Highway));
        let exactly = [
            (ActorClass::Truck, 2),
            (ActorClass::Bus, 1),
            (ActorClass::Motorcycle, 0),
        ];
        assert_eq!(night.traffic.exactly, exactly);
        assert!(night.weather.expect("some").sun_elevation_deg < 0.0);
        let fog = of(
            "dense fog in an empty town without pedestrians or parked cars"
                .replace(" or", ", no")
                .as_str(),
        );
        assert!(fog.weather.expect("some").visual_range_m < 100.0);
        assert_eq!((fog.traffic.pedestrians, fog.traffic.max_vehicles), (0, 0));
        assert_eq!(fog.traffic.parked_share, 0.0);
        assert_eq!(of("a crossing with a broken-down van").traffic.stalled, 1);
        let three = of("three cars in town").traffic;
        assert_eq!(
            (three.exactly.as_slice(), three.max_vehicles),
            ([(ActorClass::Car, 3)].as_slice(), 0)
        );
        assert_eq!(of("12 people at the junction").traffic.pedestrians, 12);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let error = wish("busy roundabout with dragons").expect_err("no dragons");
        assert_eq!(error.found, "dragons");
        assert!(wish("town highway").is_err());
        assert!(wish("roundabout with three").is_err());
        assert!(wish("roundabout with three rain").is_err());
        // Snow is nothing that this world knows.
        assert!(wish("snow on a highway").is_err());
        assert_eq!(of("").kind, None);
    }
}
