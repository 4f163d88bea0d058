//! Maps as OpenDRIVE 1.7 text.

mod curvy;
mod furniture;
mod highway;
mod junction;
mod plan;
mod roundabout;
mod street;
mod suite;
mod town;
mod xodr;

use sim::seed;

pub use suite::suite_maps;

/// What a generated map is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MapKind {
    /// A graph of two- to four-lane streets with junctions of all kinds.
    Town,
    /// A motorway of two to four lanes a side with an exit and an entry.
    Highway,
    /// One junction of three or four streets.
    Intersection,
    /// One roundabout of three to five streets.
    Roundabout,
    /// A country road of lines, spirals and arcs over hills.
    Curvy,
}

impl MapKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Town,
        Self::Highway,
        Self::Intersection,
        Self::Roundabout,
        Self::Curvy,
    ];

    /// Its name on the command line and in file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Town => "town",
            Self::Highway => "highway",
            Self::Intersection => "intersection",
            Self::Roundabout => "roundabout",
            Self::Curvy => "curvy",
        }
    }

    /// The kind of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An OpenDRIVE 1.7 map; the same text for the same kind and seed.
pub fn map(kind: MapKind, seed: u64) -> String {
    let mut rng = seed::stream(seed, None, &format!("generate.map.{}", kind.name()));
    let mut map = xodr::Map::new(&format!("{} {seed}", kind.name()));
    match kind {
        MapKind::Town => town::build(&mut map, &mut rng),
        MapKind::Highway => highway::build(&mut map, &mut rng),
        MapKind::Intersection => town::build_single(&mut map, &mut rng),
        MapKind::Roundabout => roundabout::build(&mut map, &mut rng),
        MapKind::Curvy => curvy::build(&mut map, &mut rng),
    }
    map.to_xml()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_is_one_text() {
        for kind in MapKind::ALL {
            assert_eq!(map(kind, 5), map(kind, 5));
            assert_ne!(map(kind, 5), map(kind, 6));
        }
    }
}
