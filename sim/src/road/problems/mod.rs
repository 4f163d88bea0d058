//! What is wrong with a map that can still be driven on.

mod furniture;
mod geometry;
mod junctions;
mod links;
mod overlap;

use super::network::{Problem, RoadIndex, RoadNetwork};

/// Collects problems.
#[derive(Default)]
struct Found {
    list: Vec<Problem>,
}

impl Found {
    fn add(&mut self, line: u32, text: String) {
        self.list.push(Problem::new(line, text));
    }
}

impl RoadNetwork {
    /// Everything found wrong, by line: what loading had to mend or leave out; gaps, kinks and steps of
    /// reference lines and profiles; gaps between linked lanes in place, heading and height; links that
    /// are not answered or lead to roads, lanes, junctions, controllers, signals or objects that are not
    /// there; lanes of negative width; and roads that lie on others outside junctions.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Found {
            list: self.problems.clone(),
        };
        for (index, road) in self.roads.iter().enumerate() {
            let index = RoadIndex(index as u32);
            geometry::check(road, &mut found);
            links::check(self, index, road, &mut found);
            overlap::check(self, index, road, &mut found);
        }
        junctions::check(self, &mut found);
        furniture::check(self, &mut found);
        let placed = found.list.into_iter().map(|problem| self.placed(problem));
        let mut list: Vec<Problem> = placed.collect();
        list.sort_by(|a, b| {
            (a.file.cmp(&b.file))
                .then(a.line.cmp(&b.line))
                .then_with(|| a.text.cmp(&b.text))
        });
        list.dedup();
        list
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::input::Limits;

    /// Two straight roads, the second described by what is wrong with it.
    fn map(second: &str) -> RoadNetwork {
        let lanes = r#"<lanes><laneSection s="0"><center><lane id="0"/></center><right>
            <lane id="-1" type="driving"><link><successor id="-1"/></link><width sOffset="0" a="3"/></lane></right></laneSection></lanes>"#;
        let text = format!(
            r#"<OpenDRIVE><road id="1" length="50"><link><successor elementType="road" elementId="2" contactPoint="start"/></link>
            <planView><geometry s="0" x="0" y="0" hdg="0" length="50"><line/></geometry></planView>{lanes}</road>
            <road id="2" length="50">{second}</road></OpenDRIVE>"#
        );
        let lanes = lanes.replace("successor", "predecessor");
        let text = text.replace("LANES", &lanes);
        RoadNetwork::from_xml_text(Path::new("two.xodr"), text, &Limits::default()).expect("a map")
    }

    fn texts(map: &RoadNetwork) -> String {
        let all: Vec<String> = map.problems().into_iter().map(|p| p.text).collect();
        all.join("; ")
    }

    const BACK: &str =
        r#"<link><predecessor elementType="road" elementId="1" contactPoint="end"/></link>"#;

    fn straight(x: f64) -> String {
        format!(
            r#"<planView><geometry s="0" x="{x}" y="0" hdg="0" length="50"><line/></geometry></planView>LANES"#
        )
    }

    #[test]
    fn a_sound_map_has_none() {
        assert_eq!(texts(&map(&format!("{BACK}{}", straight(50.0)))), "");
    }

    #[test]
    fn faults_are_named() {
        let gap = texts(&map(&format!("{BACK}{}", straight(51.0))));
        assert!(gap.contains("are linked 1.00 m apart"), "{gap}");
        let far = texts(&map(&format!("{BACK}{}", straight(90.0))));
        assert!(far.contains("which lies 40.0 m away"), "{far}");
        let silent = texts(&map(&straight(50.0)));
        assert!(silent.contains("not linked back"), "{silent}");
        let on_it = texts(&map(&straight(10.0)));
        assert!(
            on_it.contains("lies on road 1 outside junctions"),
            "{on_it}"
        );
        let kink = texts(&map(&format!(
            r#"{BACK}<planView><geometry s="0" x="50" y="0" hdg="0" length="25"><line/></geometry>
            <geometry s="25" x="75" y="0" hdg="0.3" length="25"><line/></geometry></planView>LANES"#
        )));
        assert!(kink.contains("at an angle of 0.300 rad"), "{kink}");
        let step = texts(&map(&format!(
            r#"{BACK}<elevationProfile><elevation s="0" a="0" b="0" c="0" d="0"/><elevation s="20" a="1" b="0" c="0" d="0"/></elevationProfile>{}"#,
            straight(50.0)
        )));
        assert!(step.contains("the elevation has a step of 1.000"), "{step}");
    }
}
