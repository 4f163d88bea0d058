// Solid surfaces: bevy's lighting, with grain, facades, a mirrored sky and rain.

#import bevy_pbr::{
    pbr_fragment::pbr_input_from_standard_material,
    pbr_functions::{alpha_discard, apply_pbr_lighting, main_pass_post_lighting_processing},
    forward_io::{VertexOutput, FragmentOutput},
}

struct Look {
    horizon: vec4<f32>,
    zenith: vec4<f32>,
    ground: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(100) var<uniform> look: Look;

fn cell(p: vec2<f32>) -> f32 {
    let q = vec2<u32>(vec2<i32>(floor(p)));
    var n = q.x * 0x9e3779b1u ^ (q.y * 0x85ebca77u);
    n = (n ^ (n >> 15u)) * 0x2c1b3c6du;
    n = (n ^ (n >> 12u)) * 0x297a2d39u;
    return f32((n >> 8u) & 0xffffu) / 65535.0;
}

// Smooth noise about 0, from -0.5 to 0.5.
fn noise(p: vec2<f32>) -> f32 {
    let f = fract(p);
    let s = f * f * (3.0 - 2.0 * f);
    let low = mix(cell(p), cell(p + vec2(1.0, 0.0)), s.x);
    let high = mix(cell(p + vec2(0.0, 1.0)), cell(p + vec2(1.0, 1.0)), s.x);
    return mix(low, high, s.y) - 0.5;
}

// The sky, or the ground, in a direction of the picture's world.
fn seen(d: vec3<f32>) -> vec3<f32> {
    let up = max(d.y, 0.0);
    let rise = 1.0 - (1.0 - up) * (1.0 - up);
    let sky = mix(look.horizon.rgb, look.zenith.rgb, sqrt(rise));
    let ground = look.ground.rgb * 0.7 + look.horizon.rgb * 0.06;
    return mix(ground, sky, smoothstep(-0.06, 0.06, d.y));
}

fn fresnel(f0: f32, cosine: f32) -> f32 {
    let away = 1.0 - clamp(cosine, 0.0, 1.0);
    let square = away * away;
    return f0 + (1.0 - f0) * square * square * away;
}

// A soft window: 1 between the edges, with borders a pixel wide.
fn band(x: f32, low: f32, high: f32, pixel: f32) -> f32 {
    let w = max(pixel, 1e-4);
    return clamp((x - low) / w + 0.5, 0.0, 1.0) * clamp((high - x) / w + 0.5, 0.0, 1.0);
}

@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    var pbr = pbr_input_from_standard_material(in, is_front);
    let kind = i32(look.horizon.w + 0.5);
    let wet = look.zenith.w;
    let dark = look.ground.w;
    let p = in.world_position.xyz;
    var color = pbr.material.base_color.rgb;
    var rough = pbr.material.perceptual_roughness;
    // What mirrors: how much of it at a right angle, and its tint.
    var f0 = 0.0;
    var coat = 1.0;
    var glow = vec3(0.0);
    let level = clamp(pbr.N.y, 0.0, 1.0);
    let pixel = length(fwidth(p));

    if kind == 0 {
#ifdef VERTEX_COLORS
        let finish = in.color.a;
#else
        let finish = 0.1;
#endif
        if finish > 0.85 {
            f0 = 0.045;
            rough = 0.38;
        } else if finish > 0.6 {
            f0 = 0.35;
            rough = 0.35;
            pbr.material.metallic = 0.7;
        } else if finish > 0.3 {
            f0 = 0.055;
            rough = 0.1;
            pbr.material.reflectance = vec3(0.15);
        } else {
            rough = 0.85;
            coat = 0.0;
        }
    } else if kind == 1 {
        let fine = clamp(1.0 - pixel * 5.0, 0.0, 1.0);
        let broad = noise(p.xz * 0.31) + 0.6 * noise(p.xz * vec2(0.09, 0.11) + 7.3);
        let grain = noise(p.xz * 9.0) * 0.6 + (cell(p.xz * 34.0) - 0.5) * 0.5;
        color *= 1.0 + 0.24 * broad + 0.42 * grain * fine;
        coat = 0.0;
    } else if kind == 2 {
        let fine = clamp(1.0 - pixel * 2.0, 0.0, 1.0);
        let broad = noise(p.xz * 0.045) + 0.7 * noise(p.xz * 0.19 + 3.1);
        let tuft = noise(p.xz * 1.7) * clamp(1.0 - pixel * 0.6, 0.0, 1.0) + noise(p.xz * vec2(11.0, 8.0)) * fine;
        color *= 1.0 + 0.35 * broad + 0.45 * tuft;
        // Dry patches.
        color = mix(color, color * vec3(1.5, 1.12, 0.85), clamp(broad * 1.3 + 0.1, 0.0, 0.8));
        coat = 0.0;
    } else if kind == 3 {
        coat = 0.0;
#ifdef VERTEX_UVS_B
        // Columns and floors so far, and how many there are; how it is built goes by the building.
        let cells = in.uv;
        let count = in.uv_b;
        let house = fract(in.color.a * 7.31);
        let at = fract(cells);
        let wide = fwidth(cells);
        let is_wall = count.x > 0.5 && abs(pbr.N.y) < 0.5;
        if is_wall {
            let is_shop = house > 0.55 && count.y > 2.5 && cells.y < 1.0;
            var low = vec2(0.27, 0.3);
            var high = vec2(0.73, 0.8);
            if house < 0.22 {
                low = vec2(-0.1, 0.36);
                high = vec2(1.1, 0.84);
            } else if house < 0.4 {
                low = vec2(0.14, 0.24);
                high = vec2(0.86, 0.86);
            }
            if is_shop {
                low = vec2(0.08, 0.08);
                high = vec2(0.92, 0.78);
            }
            let far = clamp(max(wide.x, wide.y) * 1.6 - 0.35, 0.0, 1.0);
            let frame = 0.045;
            let pane = band(at.x, low.x, high.x, wide.x) * band(at.y, low.y, high.y, wide.y);
            let inner = band(at.x, low.x + frame, high.x - frame, wide.x)
                * band(at.y, low.y + frame * 1.4, high.y - frame * 1.4, wide.y)
                * (1.0 - band(at.x, 0.488, 0.512, wide.x) * f32(!is_shop));
            let sill = band(at.x, low.x - 0.05, high.x + 0.05, wide.x) * band(at.y, low.y - 0.05, low.y, wide.y);
            // Storeys are told apart by a ledge, the ground floor by another tone.
            let ledge = band(at.y, -0.1, 0.035, wide.y) * f32(cells.y > 0.9);
            let stain = noise(vec2(cells.x * 1.3, cells.y * 0.4) + house * 50.0);
            var wall = color * (1.0 + 0.1 * stain);
            wall = mix(wall, wall * 0.72, f32(cells.y < 0.12));
            wall = mix(wall, wall * 1.16, ledge * (1.0 - far));
            wall = mix(wall, wall * 0.8 + 0.06, sill);
            let n = cell(floor(cells) + vec2(house * 977.0, house * 131.0));
            let blind = f32(n > 0.72) * (1.0 - clamp((at.y - 0.55) * -40.0, 0.0, 1.0));
            let pane_color = mix(vec3(0.02, 0.026, 0.032), vec3(0.3, 0.28, 0.24), blind * 0.8);
            var window = mix(vec3(0.5, 0.49, 0.46) * mix(1.0, 0.25, f32(house > 0.7)), pane_color, inner);
            let all_glass = mix(pane * inner, 0.3, far);
            color = mix(mix(wall, window, pane), mix(wall, vec3(0.05, 0.055, 0.06), 0.32), far);
            f0 = 0.09 * all_glass * (1.0 - blind * 0.7);
            coat = all_glass;
            rough = mix(rough, 0.15, all_glass * (1.0 - far));
            // Some rooms are lit at night.
            let lit = f32(fract(n * 13.7 + house) > 0.62) * dark;
            let warm = mix(vec3(1.0, 0.62, 0.28), vec3(0.85, 0.9, 1.0), f32(fract(n * 71.0) > 0.8));
            let shade = 0.55 + 0.45 * fract(n * 29.0) - 0.25 * (1.0 - at.y);
            glow = warm * lit * mix(pane * inner * shade, 0.13, far) * 0.9;
        } else if pbr.N.y > 0.5 {
            color *= 0.9 + 0.25 * noise(p.xz * 0.7);
        }
#endif
    } else if kind == 4 {
        let q = p.xz * 1.9 + vec2(p.y * 2.3, p.y * 1.7);
        let fine = clamp(1.0 - pixel * 2.5, 0.0, 1.0);
        color *= 1.0 + 0.5 * noise(q) + 1.1 * noise(q * 4.3) * fine;
        color *= 0.62 + 0.5 * clamp(0.5 + 0.5 * pbr.N.y, 0.0, 1.0);
        color = mix(color, color * vec3(1.5, 1.25, 0.7), clamp(pbr.N.y * 0.45, 0.0, 1.0));
        coat = 0.0;
    } else if kind == 5 {
        let near = clamp(1.0 - pixel * 7.0, 0.0, 1.0);
        let slab = fract(p.xz);
        let joint = 1.0 - band(slab.x, 0.025, 1.0, pixel) * band(slab.y, 0.025, 1.0, pixel);
        color *= 1.0 + 0.2 * noise(p.xz * 0.4) + 0.16 * (cell(p.xz) - 0.5) + 0.2 * noise(p.xz * 13.0) * near;
        color = mix(color, color * 0.62, joint * near * level);
        coat = 0.0;
    } else {
        color *= 1.0 + 0.12 * noise(p.xz * 0.9 + p.y);
        coat = 0.0;
    }

    if wet > 0.0 && kind != 4 {
        // Water darkens what is rough, lies in hollows and mirrors.
        let hollow = smoothstep(0.1, 0.32, noise(p.xz * 0.22) + 0.35 * noise(p.xz * 1.1)) * step(0.9, level);
        let film = wet * mix(0.35, 1.0, level) * f32(kind != 0);
        let pool = wet * hollow * f32(kind == 1 || kind == 5);
        color *= 1.0 - 0.45 * film * (1.0 - 0.5 * f32(kind == 2));
        rough = mix(rough, 0.3, film * f32(kind != 2));
        rough = mix(rough, 0.08, pool);
        if kind == 1 || kind == 5 {
            f0 = 0.02;
            coat = max(film * 0.55, pool);
        }
    }

    pbr.material.base_color = alpha_discard(pbr.material, vec4(color, 1.0));
    pbr.material.perceptual_roughness = rough;
    var out: FragmentOutput;
    out.color = apply_pbr_lighting(pbr);
    if coat > 0.0 && f0 > 0.0 {
        let mirrored = reflect(-pbr.V, pbr.N);
        // What stands about is not mirrored; blotches stand for it.
        let about = noise(mirrored.xz * 3.1 + mirrored.y * 2.0) + 0.5 * noise(mirrored.xz * 7.7);
        let share = clamp(fresnel(f0, dot(pbr.N, pbr.V)) * coat * (1.0 + 0.7 * about), 0.0, 1.0);
        var tint = vec3(1.0);
        if kind == 0 && f0 > 0.2 {
            tint = color * 1.6;
        }
        out.color = vec4(mix(out.color.rgb, seen(mirrored) * tint, share), out.color.a);
    }
    out.color = vec4(out.color.rgb + glow, out.color.a);
    out.color = main_pass_post_lighting_processing(pbr, out.color);
    return out;
}
