// The sky: its gradient, sun, clouds, stars and moon, by the direction in which it is seen.

#import bevy_pbr::{
    forward_io::{VertexOutput, FragmentOutput},
    mesh_view_bindings::view,
}
#ifdef TONEMAP_IN_SHADER
#import bevy_core_pipeline::tonemapping::tone_mapping
#endif

struct Sky {
    // Skylight from the horizon; how clear it is.
    horizon: vec4<f32>,
    // Skylight from straight up; how dark it is.
    zenith: vec4<f32>,
    // Direct sunlight; distance of half the contrast in haze, metres.
    sun: vec4<f32>,
    // Direction to the sun; layers of noise in the clouds.
    to_sun: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> sky: Sky;

fn cell(p: vec2<f32>) -> f32 {
    let q = vec2<u32>(vec2<i32>(floor(p)));
    var n = q.x * 0x9e3779b1u ^ (q.y * 0x85ebca77u);
    n = (n ^ (n >> 15u)) * 0x2c1b3c6du;
    n = (n ^ (n >> 12u)) * 0x297a2d39u;
    return f32((n >> 8u) & 0xffffu) / 65535.0;
}

fn noise(p: vec2<f32>) -> f32 {
    let f = fract(p);
    let s = f * f * (3.0 - 2.0 * f);
    let low = mix(cell(p), cell(p + vec2(1.0, 0.0)), s.x);
    let high = mix(cell(p + vec2(0.0, 1.0)), cell(p + vec2(1.0, 1.0)), s.x);
    return mix(low, high, s.y);
}

fn billows(p: vec2<f32>, layers: i32) -> f32 {
    var sum = 0.0;
    var weight = 0.5;
    var q = p;
    for (var i = 0; i < layers; i++) {
        sum += weight * noise(q);
        q = vec2(q.x * 1.64 - q.y * 1.2, q.x * 1.2 + q.y * 1.64) + 5.3;
        weight *= 0.5;
    }
    return sum / (1.0 - weight * 2.0);
}

@fragment
fn fragment(in: VertexOutput) -> FragmentOutput {
    let d = normalize(in.world_position.xyz - view.world_position);
    let clear = sky.horizon.w;
    let dark = sky.zenith.w;
    let to_sun = sky.to_sun.xyz;
    let up = max(d.y, 0.0);
    let rise = 1.0 - (1.0 - up) * (1.0 - up);
    var color = mix(sky.horizon.rgb, sky.zenith.rgb, sqrt(rise));

    // A low sun colours its side of the horizon.
    let toward = dot(d, to_sun);
    let flat_sun = normalize(vec3(to_sun.x, 0.0001, to_sun.z));
    let side = 0.5 + 0.5 * dot(normalize(vec3(d.x, 0.0001, d.z)), flat_sun);
    let low_sun = clamp(1.0 - abs(to_sun.y - 0.03) / 0.24, 0.0, 1.0) * clear;
    let band = exp(-up * 7.0);
    color += vec3(1.0, 0.36, 0.1) * low_sun * band * side * side * side * 0.55;
    color += vec3(0.45, 0.2, 0.35) * low_sun * exp(-abs(up - 0.14) * 9.0) * (1.0 - 0.5 * side) * 0.22;

    // The sun and its glare.
    let facing = max(toward, 0.0);
    let f8 = pow(facing, 8.0);
    color += sky.sun.rgb * (0.05 * f8 + 0.22 * pow(facing, 90.0) + 0.35 * pow(facing, 900.0));

    // Stars and a moon.
    if dark > 0.01 && d.y > 0.0 {
        let dome = d.xz / (1.0 + d.y) * 95.0;
        let n = cell(dome);
        let off = fract(dome) - 0.5 - 0.5 * (vec2(fract(n * 37.0), fract(n * 91.0)) - 0.5);
        let star = (1.0 - smoothstep(0.02, 0.11, length(off))) * smoothstep(0.88, 1.0, n);
        color += vec3(0.8, 0.88, 1.0) * star * dark * clear * smoothstep(0.0, 0.25, d.y) * 0.9;
        let to_moon = normalize(vec3(-to_sun.x, 0.45, -to_sun.z));
        let off_moon = acos(clamp(dot(d, to_moon), -1.0, 1.0));
        let disc = 1.0 - smoothstep(0.0195, 0.021, off_moon);
        let seas = 0.7 + 0.3 * noise(d.xz * 160.0 + d.y * 90.0);
        color += vec3(0.95, 0.93, 0.85) * dark * (disc * seas + 0.05 * exp(-off_moon * 9.0)) * mix(0.25, 1.0, clear);
    }

    // Clouds on a level far above.
    if d.y > 0.015 {
        let layers = i32(sky.to_sun.w);
        let p = d.xz / (d.y + 0.12) * 1.15;
        let cover = mix(1.05, 0.5, clear);
        let thick = billows(p, layers);
        let sharp = mix(0.55, 0.3, clear);
        let body = smoothstep(1.0 - cover, 1.0 - cover + sharp, thick);
        let lit = billows(p + to_sun.xz * 0.16, max(layers - 2, 2));
        let bright = clamp(0.62 + (thick - lit) * 2.2, 0.25, 1.0);
        let day = sky.horizon.rgb;
        var cloud = day * mix(0.58, 0.9, bright) + sky.sun.rgb * 0.3 * bright * (0.7 + 0.8 * f8);
        cloud += vec3(1.0, 0.35, 0.2) * low_sun * side * bright * 0.3 * (0.3 + sky.horizon.g);
        let deep = mix(1.0, 0.82, body * body);
        let near_horizon = smoothstep(0.015, 0.2, d.y);
        color = mix(color, cloud * deep, body * near_horizon * mix(0.95, 0.86, clear));
        let through = 1.0 - body * near_horizon;
        color += sky.sun.rgb * smoothstep(0.99982, 0.99994, toward) * 7.0 * through;
    } else {
        color += sky.sun.rgb * smoothstep(0.99982, 0.99994, toward) * 7.0 * step(0.0, d.y);
    }

    // A layer of haze lies under all that, and is thickest where one looks along it.
    let hazy = 1.0 - exp(-55.0 / (sky.sun.w * (up + 0.04)));
    color = mix(color, sky.horizon.rgb + color * 0.1, hazy * (1.0 - smoothstep(450.0, 900.0, sky.sun.w)));

    var out: FragmentOutput;
    out.color = vec4(color, 1.0);
#ifdef TONEMAP_IN_SHADER
    out.color = tone_mapping(out.color, view.color_grading);
#endif
    return out;
}
