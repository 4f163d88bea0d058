//! Bounds on input, so that no file can take the machine down.

/// Largest sizes that are read; each has its flag on the command line.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Bytes of one file.
    pub max_file_bytes: u64,
    /// XML nodes of one file.
    pub max_xml_nodes: u32,
    /// Depth of XML elements.
    pub max_xml_depth: u32,
    /// Actors of one world.
    pub max_actors: usize,
    /// Length of all roads of a map, metres.
    pub max_road_length_m: f64,
    /// Ticks of one run.
    pub max_ticks: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_file_bytes: 256 << 20,
            max_xml_nodes: 20_000_000,
            max_xml_depth: 256,
            max_actors: 10_000,
            max_road_length_m: 2_000_000.0,
            max_ticks: 10_000_000,
        }
    }
}
