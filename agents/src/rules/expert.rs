//! The rule-based planner.
