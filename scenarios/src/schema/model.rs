//! Content models and whether child elements match them.

/// No upper bound on a count.
pub(super) const UNBOUNDED: u32 = u32::MAX;

/// How the parts of a group stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Sequence,
    Choice,
    Any,
}

/// Part of a content model.
#[derive(Clone, Debug)]
pub struct Particle {
    what: What,
    min: u32,
    max: u32,
}

#[derive(Clone, Debug)]
enum What {
    Element {
        name: &'static str,
        kind: usize,
        is_deprecated: bool,
    },
    Group(Order, Vec<Particle>),
}

/// Where child elements leave the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Index of the first child that does not fit; their number where something is missing at the end.
    pub at: usize,
    /// What must stand there; empty where nothing more may.
    pub expected: Vec<&'static str>,
}

impl Particle {
    pub(super) fn element(
        name: &'static str,
        kind: usize,
        is_deprecated: bool,
        min: u32,
        max: u32,
    ) -> Self {
        let what = What::Element {
            name,
            kind,
            is_deprecated,
        };
        Self { what, min, max }
    }

    pub(super) fn group(order: Order, parts: Vec<Self>, min: u32, max: u32) -> Self {
        let what = What::Group(order, parts);
        Self { what, min, max }
    }

    /// Calls back with name, index of the type and deprecation of each element in it.
    pub fn each_element(&self, see: &mut impl FnMut(&'static str, usize, bool)) {
        match &self.what {
            What::Element {
                name,
                kind,
                is_deprecated,
            } => see(name, *kind, *is_deprecated),
            What::Group(_, parts) => parts.iter().for_each(|p| p.each_element(see)),
        }
    }

    /// Whether the names match the model.
    ///
    /// # Errors
    /// Where they leave it. The standard's models are deterministic, so no step is ever taken back.
    pub fn check(&self, names: &[&str]) -> Result<(), Mismatch> {
        let mut at = 0;
        self.walk(names, &mut at)?;
        if at < names.len() {
            return Err(Mismatch {
                at,
                expected: Vec::new(),
            });
        }
        Ok(())
    }

    /// Names of a smallest content that matches; of a choice, the first.
    pub fn smallest(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for _ in 0..self.min {
            match &self.what {
                What::Element { name, .. } => names.push(*name),
                What::Group(Order::Choice, parts) => {
                    names.extend(parts.first().map(Self::smallest).unwrap_or_default());
                }
                What::Group(_, parts) => names.extend(parts.iter().flat_map(Self::smallest)),
            }
        }
        names
    }

    /// Names of a smallest content that matches and holds a child of a name; `None` where none does.
    pub fn smallest_with(&self, wanted: &str) -> Option<Vec<&'static str>> {
        match &self.what {
            What::Element { name, .. } => {
                (*name == wanted).then(|| vec![*name; self.min.max(1) as usize])
            }
            What::Group(Order::Choice, parts) => parts.iter().find_map(|p| p.smallest_with(wanted)),
            What::Group(_, parts) => {
                let holder = parts
                    .iter()
                    .position(|p| p.smallest_with(wanted).is_some())?;
                let part = |(i, p): (usize, &Self)| {
                    if i == holder {
                        p.smallest_with(wanted).unwrap_or_default()
                    } else {
                        p.smallest()
                    }
                };
                Some(parts.iter().enumerate().flat_map(part).collect())
            }
        }
    }

    fn walk(&self, names: &[&str], at: &mut usize) -> Result<(), Mismatch> {
        let mut count = 0;
        while count < self.max && names.get(*at).is_some_and(|name| self.begins_with(name)) {
            let before = *at;
            self.walk_once(names, at)?;
            count += 1;
            if *at == before {
                break;
            }
        }
        if count < self.min && !self.may_be_empty_once() {
            let mut expected = Vec::new();
            self.beginnings(&mut expected);
            return Err(Mismatch { at: *at, expected });
        }
        Ok(())
    }

    fn walk_once(&self, names: &[&str], at: &mut usize) -> Result<(), Mismatch> {
        match &self.what {
            What::Element { .. } => {
                *at += 1;
                Ok(())
            }
            What::Group(Order::Sequence, parts) => {
                parts.iter().try_for_each(|part| part.walk(names, at))
            }
            What::Group(Order::Choice, parts) => {
                let begins = |part: &&Self| names.get(*at).is_some_and(|n| part.begins_with(n));
                parts
                    .iter()
                    .find(begins)
                    .map_or(Ok(()), |part| part.walk(names, at))
            }
            What::Group(Order::Any, parts) => {
                let mut left: Vec<&Self> = parts.iter().collect();
                while let Some(name) = names.get(*at) {
                    let Some(found) = left.iter().position(|part| part.begins_with(name)) else {
                        break;
                    };
                    left.remove(found).walk(names, at)?;
                }
                left.iter()
                    .try_for_each(|part| part.walk(&[], &mut 0))
                    .map_err(|m| Mismatch { at: *at, ..m })
            }
        }
    }

    fn begins_with(&self, wanted: &str) -> bool {
        match &self.what {
            What::Element { name, .. } => *name == wanted,
            What::Group(Order::Sequence, parts) => {
                for part in parts {
                    if part.begins_with(wanted) {
                        return true;
                    }
                    if !part.may_be_empty() {
                        return false;
                    }
                }
                false
            }
            What::Group(_, parts) => parts.iter().any(|part| part.begins_with(wanted)),
        }
    }

    fn may_be_empty(&self) -> bool {
        self.min == 0 || self.may_be_empty_once()
    }

    fn may_be_empty_once(&self) -> bool {
        match &self.what {
            What::Element { .. } => false,
            What::Group(Order::Choice, parts) => {
                parts.is_empty() || parts.iter().any(Self::may_be_empty)
            }
            What::Group(_, parts) => parts.iter().all(Self::may_be_empty),
        }
    }

    fn beginnings(&self, names: &mut Vec<&'static str>) {
        match &self.what {
            What::Element { name, .. } => names.push(name),
            What::Group(Order::Sequence, parts) => {
                for part in parts {
                    part.beginnings(names);
                    if !part.may_be_empty() {
                        break;
                    }
                }
            }
            What::Group(_, parts) => parts.iter().for_each(|p| p.beginnings(names)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Content, Schema};
    use super::*;

    fn check(kind: &str, minor: usize, names: &[&str]) -> Result<(), Mismatch> {
        let schema = Schema::get();
        let index = schema.find(kind).expect("a type");
        match schema.at(index).and_then(|t| t.content(minor)) {
            Some(Content::Model(model)) => model.check(names),
            other => panic!("{kind}: {other:?}"),
        }
    }

    #[test]
    fn sequences_keep_order_and_counts() {
        assert_eq!(check("Act", 3, &["ManeuverGroup", "ManeuverGroup"]), Ok(()));
        let missing = check("Act", 2, &["ManeuverGroup"]).expect_err("no trigger");
        assert_eq!((missing.at, missing.expected), (1, vec!["StartTrigger"]));
        let order = check("Act", 3, &["StartTrigger", "ManeuverGroup"]).expect_err("order");
        assert_eq!((order.at, order.expected), (0, vec!["ManeuverGroup"]));
        assert_eq!(check("Axles", 3, &["RearAxle"]), Ok(()));
        assert!(check("Axles", 2, &["RearAxle"]).is_err());
    }

    #[test]
    fn choices_take_one_and_any_order_takes_each_once() {
        assert_eq!(check("Action", 3, &["PrivateAction"]), Ok(()));
        let two = check("Action", 3, &["PrivateAction", "GlobalAction"]).expect_err("two");
        assert_eq!((two.at, two.expected.len()), (1, 0));
        assert!(check("Action", 3, &[]).is_err() && check("Action", 1, &[]).is_ok());
        assert_eq!(check("BoundingBox", 0, &["Dimensions", "Center"]), Ok(()));
        let missing = check("BoundingBox", 0, &["Dimensions"]).expect_err("missing");
        assert_eq!((missing.at, missing.expected), (1, vec!["Center"]));
        assert!(check("BoundingBox", 0, &["Center", "Center", "Dimensions"]).is_err());
        assert!(check("Nurbs", 1, &["ControlPoint", "Knot", "Knot"]).is_err());
    }

    #[test]
    fn a_root_holds_one_kind_of_document() {
        assert_eq!(check("OpenScenario", 1, &["FileHeader", "Catalog"]), Ok(()));
        assert!(
            check(
                "OpenScenario",
                0,
                &["FileHeader", "ParameterValueDistribution"]
            )
            .is_err()
        );
        assert!(check("OpenScenario", 1, &["FileHeader", "Catalog", "Catalog"]).is_err());
    }
}
