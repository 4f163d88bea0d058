//! Names of the rules that a file may break, as errors and warnings quote them.
//!
//! Where ASAM's public rule set has the rule, its id is the name; the others are ours and begin with
//! `skidpad:`. Which ones refuse a file and which are only told is said in docs/openscenario.md.

/// The file is well-formed XML.
pub const VALID_XML: &str = "asam.net:xosc:1.0.0:xml.valid_xml_document";
/// The root element is `OpenSCENARIO`.
pub const ROOT_TAG: &str = "asam.net:xosc:1.0.0:xml.root_tag_is_openscenario";
/// There is a `FileHeader`.
pub const FILE_HEADER: &str = "asam.net:xosc:1.0.0:xml.fileheader_is_present";
/// It gives a version, as whole numbers.
pub const VERSION: &str = "asam.net:xosc:1.0.0:xml.version_is_defined";
/// Elements, attributes and values are those of the schema of that version.
pub const SCHEMA: &str = "asam.net:xosc:1.0.0:xml.valid_schema";
/// Names that entity references resolve by are unique.
pub const UNIQUE_REFERENCES: &str =
    "asam.net:xosc:1.2.0:reference_control.uniquely_resolvable_entity_references";
/// A referred entity exists.
pub const ENTITY_REFERENCE: &str =
    "asam.net:xosc:1.2.0:reference_control.resolvable_entity_references";
/// A signal that is switched exists in the road network.
pub const SIGNAL_ID: &str =
    "asam.net:xosc:1.2.0:reference_control.resolvable_signal_id_in_traffic_signal_state_action";
/// A referred traffic signal controller exists.
pub const SIGNAL_CONTROLLER: &str = "asam.net:xosc:1.2.0:reference_control.resolvable_traffic_signal_controller_by_traffic_signal_controller_ref";
/// A private action has an actor.
pub const ACTOR: &str =
    "asam.net:xosc:1.2.0:reference_control.valid_actor_reference_in_private_actions";
/// A referred variable exists.
pub const VARIABLE: &str = "asam.net:xosc:1.2.0:reference_control.resolvable_variable_reference";
/// A referred storyboard element exists, with the stated type.
pub const STORYBOARD_ELEMENT: &str =
    "asam.net:xosc:1.2.0:reference_control.resolvable_storyboard_element_reference";
/// Names of sibling storyboard elements differ.
pub const UNIQUE_NAMES: &str =
    "asam.net:xosc:1.2.0:reference_control.unique_element_names_on_same_level";
/// Parameters that a catalog entry uses are declared in it.
pub const CATALOG_PARAMETERS: &str =
    "asam.net:xosc:1.2.0:parameters.valid_parameter_declaration_in_catalogs";
/// Expressions use the operators of the standard.
pub const OPERATORS: &str = "asam.net:xosc:1.2.0:data_type.allowed_operators";
/// A light's transition takes no negative time.
pub const TRANSITION_TIME: &str =
    "asam.net:xosc:1.2.0:data_type.non_negative_transition_time_in_light_state_action";
/// A signal phase takes some time.
pub const PHASE_DURATION: &str = "asam.net:xosc:1.2.0:data_type.positive_duration_in_phase";

/// A parameter keeps its constraint groups.
pub const CONSTRAINT_GROUP: &str = "skidpad:xosc:parameters.constraint_group";
/// A parameter's value is of its type.
pub const VALUE_TYPE: &str = "skidpad:xosc:parameters.value_type";
/// A `$name` names a declared parameter.
pub const PARAMETER: &str = "skidpad:xosc:parameters.resolvable_parameter_reference";
/// An expression has a value.
pub const EXPRESSION: &str = "skidpad:xosc:data_type.expression";
/// A number lies within the range that the standard gives for it.
pub const RANGE: &str = "skidpad:xosc:data_type.range";
/// A referred file or catalog entry exists.
pub const FILE: &str = "skidpad:xosc:reference_control.resolvable_file";
/// A referred catalog entry exists.
pub const CATALOG_ENTRY: &str = "skidpad:xosc:reference_control.resolvable_catalog_entry";
/// Something is deprecated in the file's version.
pub const DEPRECATED: &str = "skidpad:xosc:schema.deprecated";
/// Something belongs to another version than the file's.
pub const OTHER_VERSION: &str = "skidpad:xosc:schema.other_version";
/// Something is read but has no (full) effect here.
pub const NO_EFFECT: &str = "skidpad:xosc:no_effect";
