//! What the selected driver saw, believes and means to do, drawn into the scene as lines.

use bevy::camera::visibility::RenderLayers;
use bevy::prelude::*;
use scenarios::draft::DraftTrigger;
use sim::actor::ActorId;
use sim::math::Pose;
use sim::message::{Detection, Track};
use sim::world::ActorSnapshot;

use super::space::Origin;
use super::{THIS_RUN, View3d};
use crate::app::App as Viewer;
use crate::layers::Layer;
use crate::run::Mind;
use crate::why;

/// How long trails are, seconds.
const TRAIL_S: f64 = 4.0;

const FOUND: Color = Color::srgb(0.3, 0.9, 0.5);
const WRONG: Color = Color::srgb(1.0, 0.3, 0.3);
const OFF: Color = Color::srgb(1.0, 0.7, 0.2);
const TRACK: Color = Color::srgb(0.3, 0.8, 1.0);
const PLAN: Color = Color::srgb(0.35, 0.65, 1.0);
const GHOST: Color = Color::srgb(0.8, 0.5, 1.0);

/// Lines in the world.
struct Pen<'a, 'w, 's> {
    gizmos: &'a mut Gizmos<'w, 's>,
    origin: Origin,
}

impl Pen<'_, '_, '_> {
    fn line(&mut self, points: impl IntoIterator<Item = [f64; 3]>, color: Color) {
        let origin = self.origin;
        self.gizmos
            .linestrip(points.into_iter().map(move |p| origin.point(p)), color);
    }

    /// A box: the pose of its bottom's middle, and its sizes.
    fn cuboid(&mut self, pose: &Pose, [l, w, h]: [f64; 3], color: Color) {
        let at = |ahead: f64, left: f64, up: f64| {
            let p =
                pose.to_isometry() * nalgebra::Point3::new(ahead * l / 2.0, left * w / 2.0, up * h);
            [p.x, p.y, p.z]
        };
        for z in [0.0, 1.0] {
            self.line(
                [
                    at(1.0, 1.0, z),
                    at(-1.0, 1.0, z),
                    at(-1.0, -1.0, z),
                    at(1.0, -1.0, z),
                    at(1.0, 1.0, z),
                ],
                color,
            );
        }
        for (x, y) in [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)] {
            self.line([at(x, y, 0.0), at(x, y, 1.0)], color);
        }
    }

    fn actor(&mut self, actor: &ActorSnapshot, pose: &Pose, grow: f64, color: Color) {
        let b = &actor.spec.bounding_box;
        let p = pose.to_isometry()
            * nalgebra::Point3::new(b.center_x_m, b.center_y_m, b.center_z_m - b.height_m / 2.0);
        let bottom = Pose {
            x_m: p.x,
            y_m: p.y,
            z_m: p.z,
            ..*pose
        };
        self.cuboid(
            &bottom,
            [b.length_m + grow, b.width_m + grow, b.height_m + grow / 2.0],
            color,
        );
    }

    fn ellipse(&mut self, center: [f64; 3], radii: [f64; 2], color: Color) {
        let points = (0..=32).map(|i| {
            let (s, c) = sim::math::sin_cos(f64::from(i) / 32.0 * 2.0 * sim::math::PI);
            [
                center[0] + radii[0] * c,
                center[1] + radii[1] * s,
                center[2],
            ]
        });
        self.line(points, color);
    }
}

/// Keeps lines to the views of the run that is looked at.
pub fn setup(mut store: ResMut<GizmoConfigStore>) {
    let (config, _) = store.config_mut::<DefaultGizmoConfigGroup>();
    config.render_layers = RenderLayers::layer(THIS_RUN);
}

/// Draws all layers that are shown.
pub fn draw(mut gizmos: Gizmos, viewer: Res<View3d>, origin: Res<Origin>) {
    let app = &viewer.0;
    let Some(frame) = app.frame() else { return };
    let mut pen = Pen {
        gizmos: &mut gizmos,
        origin: *origin,
    };
    if let Some((actor, pose)) = app.selected.and_then(|id| app.shown(id)) {
        pen.actor(actor, &pose, 0.3, Color::srgb(1.0, 1.0, 1.0));
    }
    if app.is_editing() {
        routes(&mut pen, app);
    }
    if app.layers.shows(Layer::Trails) {
        trails(&mut pen, app);
    }
    if app.layers.shows(Layer::Ghosts)
        && let Some(other) = app.other.and_then(|i| app.runs.get(i))
        && let Some(there) = other.frame(frame.tick)
    {
        for actor in &there.actors {
            let same = frame.actor_named(&actor.spec.name);
            if same.is_none_or(|a| a.state.pose != actor.state.pose) {
                pen.actor(actor, &actor.state.pose, 0.02, GHOST);
            }
        }
    }
    if let Some(mind) = app.minded() {
        let ground_m = frame.actor(mind.actor).map_or(0.0, |a| a.state.pose.z_m);
        thoughts(&mut pen, app, mind, ground_m);
    }
}

/// Routes and places of triggers of the draft.
fn routes(pen: &mut Pen, app: &Viewer) {
    let (Some(draft), Some(author)) = (app.draft(), &app.author) else {
        return;
    };
    for (number, entity) in draft.entities.iter().enumerate() {
        let [r, g, b, _] = crate::ui::color_of(ActorId(number as u32)).to_array();
        let color = Color::srgb_u8(r, g, b);
        let places = std::iter::once(&entity.start).chain(&entity.route);
        let poses: Vec<_> = places.filter_map(|place| place.pose(&author.map)).collect();
        let points = poses.iter().map(|p| [p.x_m, p.y_m, p.z_m + 0.3]);
        pen.line(points.clone().collect::<Vec<_>>(), color);
        for point in points.skip(1) {
            pen.ellipse(point, [0.8, 0.8], color);
        }
    }
    for event in &draft.events {
        if let DraftTrigger::Reaches {
            place, tolerance_m, ..
        } = &event.trigger
            && let Some(p) = place.pose(&author.map)
        {
            let center = [p.x_m, p.y_m, p.z_m + 0.2];
            pen.ellipse(center, [*tolerance_m; 2], Color::srgb(1.0, 0.8, 0.3));
        }
    }
}

fn trails(pen: &mut Pen, app: &Viewer) {
    let Some(frame) = app.frame() else { return };
    let ticks = (TRAIL_S / app.dt_s()) as u64;
    let from = frame.tick.saturating_sub(ticks);
    for actor in &frame.actors {
        let points = (from..=frame.tick).step_by(2).filter_map(|tick| {
            let pose = app.run().frame(tick)?.actor(actor.id)?.state.pose;
            Some([pose.x_m, pose.y_m, pose.z_m + 0.06])
        });
        let [r, g, b, _] = crate::ui::color_of(actor.id).to_array();
        pen.line(points.collect::<Vec<_>>(), Color::srgba_u8(r, g, b, 160));
    }
}

fn thoughts(pen: &mut Pen, app: &Viewer, mind: &Mind, ground_m: f64) {
    let lifted = |[x, y]: [f64; 2], up: f64| [x, y, ground_m + up];
    if app.layers.shows(Layer::Detections)
        && let Some(set) = &mind.detections
        && let Some(seen) = app.run().frame(app.run().tick_at(set.time_s))
        && let Some(carrier) = seen.actor(mind.actor)
    {
        let matches = why::matches(seen, mind.actor, set);
        for (number, detection) in set.boxes.iter().enumerate() {
            let off_m = matches
                .found
                .iter()
                .find(|(n, ..)| *n == number)
                .map(|(_, _, off)| *off);
            let color = match off_m {
                None => WRONG,
                Some(off) if off > 1.0 => OFF,
                Some(_) => FOUND,
            };
            detected(pen, carrier, detection, color);
        }
        for id in &matches.missed {
            if let Some((actor, pose)) = app.shown(*id) {
                pen.actor(actor, &pose, 0.15, WRONG);
            }
        }
    }
    if app.layers.shows(Layer::Tracks)
        && let Some(set) = &mind.tracks
    {
        for track in &set.tracks {
            tracked(pen, track, ground_m);
        }
    }
    if app.layers.shows(Layer::Predictions)
        && let Some(set) = &mind.predictions
    {
        for prediction in &set.predictions {
            let track = mind
                .tracks
                .as_ref()
                .and_then(|t| t.tracks.iter().find(|t| t.id == prediction.track_id));
            for mode in &prediction.modes {
                let start = track.map(|t| t.position_m);
                let points = start.into_iter().chain(mode.positions_m.iter().copied());
                let strength = 0.15 + 0.85 * mode.probability;
                pen.line(
                    points.map(|p| lifted(p, 0.25)),
                    Color::srgba(1.0, 0.85, 0.2, strength),
                );
            }
        }
    }
    if app.layers.shows(Layer::Attention) {
        attention(pen, app, mind, ground_m);
    }
    let Some(plan) = &mind.trajectory else { return };
    if app.layers.shows(Layer::Proposals) {
        for proposal in &plan.proposals {
            let color = match &proposal.refused {
                Some(_) => Color::srgba(1.0, 0.3, 0.3, 0.35),
                None => Color::srgba(0.6, 0.7, 0.9, 0.25 + 0.5 * proposal.probability),
            };
            pen.line(
                proposal.points.iter().map(|p| lifted([p.x_m, p.y_m], 0.15)),
                color,
            );
        }
    }
    if app.layers.shows(Layer::Plan) {
        let color = if plan.is_emergency { WRONG } else { PLAN };
        for side in [-0.12, 0.0, 0.12] {
            let points = plan.points.iter().map(|p| {
                let (x, y) = Pose::planar(p.x_m, p.y_m, p.yaw_rad).to_world_xy(0.0, side);
                lifted([x, y], 0.2)
            });
            pen.line(points, color);
        }
    }
}

/// Lines from the driver to what its planner looked at, stronger where it looked more.
fn attention(pen: &mut Pen, app: &Viewer, mind: &Mind, ground_m: f64) {
    /// Weights below this are not drawn.
    const LEAST: f32 = 0.01;
    let Some(look) = app.look() else { return };
    let Some((carrier, _)) = app.shown(mind.actor) else {
        return;
    };
    let from = carrier.state.pose;
    let seen = why::attention(&look.networks, mind.trajectory.as_deref());
    let most = seen.first().map_or(1.0, |(_, weight)| *weight).max(1e-6);
    for (token, weight) in seen.iter().filter(|(_, weight)| *weight > LEAST) {
        let Some([x, y]) = token.position_m else {
            continue;
        };
        let up = ground_m + 1.0;
        let strength = (weight / most).sqrt();
        let color = match token.kind {
            "object" => Color::srgba(1.0, 0.45, 0.85, strength),
            "route" => Color::srgba(0.45, 0.8, 1.0, strength),
            _ => Color::srgba(1.0, 0.8, 0.3, strength),
        };
        let ring = 0.3 + 1.2 * f64::from(strength);
        pen.ellipse([x, y, up], [ring, ring], color);
        pen.line([[from.x_m, from.y_m, up], [x, y, up]], color);
    }
}

fn detected(pen: &mut Pen, carrier: &ActorSnapshot, detection: &Detection, color: Color) {
    let at = carrier.state.pose.to_isometry();
    let corners = why::corners(detection).map(|corner| {
        let p = at * corner;
        [p.x, p.y, p.z]
    });
    for (a, b) in why::EDGES {
        pen.line([corners[a], corners[b]], color);
    }
}

fn tracked(pen: &mut Pen, track: &Track, ground_m: f64) {
    let [x, y] = track.position_m;
    let pose = Pose {
        z_m: ground_m,
        ..Pose::planar(x, y, track.yaw_rad)
    };
    pen.cuboid(&pose, track.size_m.map(f64::from), TRACK);
    let [vx, vy] = track.velocity_mps;
    pen.line(
        [[x, y, ground_m + 0.5], [x + vx, y + vy, ground_m + 0.5]],
        TRACK,
    );
    // Two standard deviations.
    let radii = [track.variance[0], track.variance[1]].map(|v| 2.0 * v.max(0.0).sqrt());
    pen.ellipse([x, y, ground_m + 0.05], radii, TRACK);
}
