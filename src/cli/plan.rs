//! Which runs `suite` and `batch` are asked for.

use std::path::PathBuf;

use clap::Args;
use runner::suite::{Plan, PlanOptions, Seeds, Settings, plan};
use runner::sweep::Value;

use super::args::SimulationArgs;
use super::failure::Failure;

/// Arguments that choose runs.
#[derive(Args, Debug)]
pub struct PlanArgs {
    /// Scenarios, parameter distributions, suite files (.ron), and folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub simulation: SimulationArgs,
    /// Runs each scenario with this many seeds, counted up from --seed [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    seeds: Option<u32>,
    /// Only scenarios that a suite file gives this tag; may be given several times
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// No scenarios with this tag; may be given several times
    #[arg(long, value_name = "TAG")]
    exclude_tag: Vec<String>,
    /// Most runs of one parameter distribution
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max_variations: u32,
}

impl PlanArgs {
    /// Those of one file.
    pub fn of(path: PathBuf, simulation: SimulationArgs) -> Self {
        Self {
            paths: vec![path],
            simulation,
            seeds: None,
            tag: Vec::new(),
            exclude_tag: Vec::new(),
            max_variations: 100_000,
        }
    }

    /// The runs, at least one.
    pub fn plan(&self) -> Result<Plan, Failure> {
        let mut given = given(&self.simulation);
        given.seeds = self.seeds.map(Seeds::Count);
        let limits = self.simulation.limits.limits();
        let base = |path| self.simulation.options(path);
        let plan = plan(
            &self.paths,
            &PlanOptions {
                base: &base,
                given,
                seed: self.simulation.seed.unwrap_or_default(),
                tags: self.tag.clone(),
                exclude_tags: self.exclude_tag.clone(),
                max_variations: self.max_variations as usize,
                limits,
            },
        )?;
        if plan.cases.is_empty() {
            return Err(Failure::usage(
                if self.tag.is_empty() && self.exclude_tag.is_empty() {
                    "no scenario (.xosc) found there"
                } else {
                    "no scenario with such tags found there"
                },
            ));
        }
        Ok(plan)
    }
}

/// What was given on the command line, to stand before what suite files say; seeds aside.
pub fn given(args: &SimulationArgs) -> Settings {
    let texts = |pairs: &[(String, String)]| {
        let text = |(name, value): &(String, String)| (name.clone(), Value::Text(value.clone()));
        pairs.iter().map(text).collect()
    };
    Settings {
        driver: args.driver,
        profile: args.profile,
        dt_s: args.dt,
        duration_s: args.duration,
        timeout_s: args.timeout,
        params: texts(&args.param),
        require: texts(&args.require),
        ..Settings::default()
    }
}
