//! Levels drawn by rules: a spanning tree of rooms with locks and keys, caves, gardens, storeys.
//!
//! It is the baseline of the network and gives what the network learns from; so it varies its style much.

use rand_chacha::ChaCha8Rng;
use sim::seed::Draw;

use super::sketch::{Features, Sketch, Theme, symbol as s};

/// Draws a sketch of a size. What it draws has a start and an exit and mostly can be beaten; that is for
/// [`super::repair`] to see to.
pub fn draw(
    theme: Theme,
    columns: usize,
    rows: usize,
    wanted: &Features,
    rng: &mut ChaCha8Rng,
) -> Sketch {
    let mut sketch = Sketch::walls(theme, columns, rows);
    match theme {
        Theme::Dungeon => rooms(&mut sketch, wanted, rng, 0.55),
        Theme::Keep => rooms(&mut sketch, wanted, rng, 1.0),
        Theme::Warehouse => warehouse(&mut sketch, wanted, rng),
        Theme::Caves => caves(&mut sketch, rng),
        Theme::Garden => garden(&mut sketch, rng),
        Theme::Tower => tower(&mut sketch, rng),
    }
    furnish(&mut sketch, wanted, rng);
    sketch
}

/// What is asked for where nothing is: drawn to suit a theme.
pub fn usual_features(theme: Theme, rng: &mut ChaCha8Rng) -> Features {
    let count = |most: usize, rng: &mut ChaCha8Rng| rng.index(most + 1) as u32;
    match theme {
        Theme::Dungeon | Theme::Keep => Features {
            locks: count(2, rng),
            levers: count(1, rng),
            guards: count(6, rng),
            treasures: count(1, rng),
            crates: 0,
        },
        Theme::Warehouse => Features {
            crates: 1 + count(3, rng),
            guards: count(3, rng),
            ..Features::default()
        },
        Theme::Caves | Theme::Garden => Features {
            guards: count(6, rng),
            treasures: count(1, rng),
            ..Features::default()
        },
        Theme::Tower => Features {
            guards: count(4, rng),
            treasures: count(1, rng),
            ..Features::default()
        },
    }
}

/// A block of cells: first column and row, columns, rows.
type Block = (usize, usize, usize, usize);

fn fill(sketch: &mut Sketch, (x, y, w, h): Block, symbol: u8) {
    for row in y..y + h {
        for column in x..x + w {
            sketch.put(column, row, symbol);
        }
    }
}

/// Cuts an extent of cells inside the border into `count` parts with a wall between, each (first, length).
fn cuts(length: usize, count: usize, rng: &mut ChaCha8Rng) -> Vec<(usize, usize)> {
    let inner = length.saturating_sub(2);
    let count = count.clamp(1, (inner / 4).max(1));
    let mut edges = vec![0];
    for i in 1..count {
        let even = i * (inner + 1) / count;
        // Bent by a cell either way.
        let shift = rng.index(3);
        edges.push((even + shift).saturating_sub(1));
    }
    edges.push(inner + 1);
    let part = |pair: &[usize]| (pair[0] + 1, (pair[1] - pair[0]).saturating_sub(1));
    edges.windows(2).map(part).collect()
}

/// Rooms on a bent lattice, joined by a random spanning tree and a few loops; `full` is the chance that a
/// room fills its field.
fn rooms(sketch: &mut Sketch, wanted: &Features, rng: &mut ChaCha8Rng, full: f64) {
    let wide = 5 + rng.index(4);
    let high = 4 + rng.index(3);
    let xs = cuts(sketch.columns, (sketch.columns / wide).max(2), rng);
    let ys = cuts(sketch.rows, (sketch.rows / high).max(2), rng);
    let (across, down) = (xs.len(), ys.len());
    let mut blocks: Vec<Block> = Vec::new();
    for (y, h) in &ys {
        for (x, w) in &xs {
            let mut block = (*x, *y, *w, *h);
            if !rng.chance(full) && *w > 3 && *h > 3 {
                let (w2, h2) = (2 + rng.index(w - 2), 2 + rng.index(h - 2));
                block = (x + rng.index(w - w2 + 1), y + rng.index(h - h2 + 1), w2, h2);
            }
            fill(sketch, block, s::FLOOR);
            blocks.push(block);
        }
    }
    // A spanning tree by a random depth-first walk; the order of visits is the order of play.
    let count = blocks.len();
    let first = rng.index(count);
    let (mut parent, mut order, mut stack) = (vec![usize::MAX; count], vec![first], vec![first]);
    let mut seen = vec![false; count];
    seen[first] = true;
    while let Some(room) = stack.last().copied() {
        let (x, y) = (room % across, room / across);
        let mut next = Vec::new();
        for (is_in, other) in [
            (x + 1 < across, room + 1),
            (x > 0, room.wrapping_sub(1)),
            (y + 1 < down, room + across),
            (y > 0, room.wrapping_sub(across)),
        ] {
            if is_in && !seen[other] {
                next.push(other);
            }
        }
        if next.is_empty() {
            stack.pop();
            continue;
        }
        let other = next[rng.index(next.len())];
        seen[other] = true;
        parent[other] = room;
        order.push(other);
        stack.push(other);
    }
    let mut doors = vec![usize::MAX; count];
    for room in order.iter().skip(1) {
        doors[*room] = join(sketch, blocks[parent[*room]], blocks[*room], rng);
    }
    place(sketch, blocks[first], s::START, rng);
    place(sketch, blocks[order[count - 1]], s::EXIT, rng);
    // A lock lies on the way to a room; its key in a room that comes before it.
    let mut locks = vec![];
    locks.extend((0..wanted.locks.min(2)).map(|i| (s::KEY_DOOR + i as u8, s::KEY + i as u8)));
    locks.extend((0..wanted.levers.min(1)).map(|_| (s::LEVER_DOOR, s::LEVER)));
    let mut on_the_way = vec![order[count - 1]];
    while let Some(last) = on_the_way.last().copied()
        && parent[last] != first
        && parent[last] < count
    {
        on_the_way.push(parent[last]);
    }
    for (door, key) in locks {
        let room = if rng.chance(0.7) {
            on_the_way[rng.index(on_the_way.len())]
        } else {
            order[1.min(count - 1) + rng.index(count.saturating_sub(1))]
        };
        if doors[room] < sketch.cells.len() && sketch.cell(doors[room]) == s::FLOOR {
            let at = order.iter().position(|r| *r == room).unwrap_or(0);
            sketch.set(doors[room], door);
            place(sketch, blocks[order[rng.index(at.max(1))]], key, rng);
        }
    }
    for room in &order[1..] {
        if sketch.cell(doors[*room]) == s::FLOOR && rng.chance(0.3) {
            sketch.set(doors[*room], s::DOOR);
        }
    }
    // Pillars.
    for (x, y, w, h) in blocks {
        if w >= 5 && h >= 5 && rng.chance(0.4) {
            for (px, py) in [(x + 1, y + 1), (x + w - 2, y + h - 2)] {
                if sketch.at(px, py) == s::FLOOR {
                    sketch.put(px, py, s::WALL);
                }
            }
        }
    }
}

/// Digs from a room to its neighbour; the cell of the door, in the last wall before the second one.
fn join(sketch: &mut Sketch, a: Block, b: Block, rng: &mut ChaCha8Rng) -> usize {
    let inside = |(x, y, w, h): Block, rng: &mut ChaCha8Rng| (x + rng.index(w), y + rng.index(h));
    let (mut x, mut y) = inside(a, rng);
    let (to_x, to_y) = inside(b, rng);
    let is_across = b.0 >= a.0 + a.2 || a.0 >= b.0 + b.2;
    let mut door = usize::MAX;
    let mut guard = sketch.columns + sketch.rows;
    let is_in = |x: usize, y: usize| (b.0..b.0 + b.2).contains(&x) && (b.1..b.1 + b.3).contains(&y);
    while !is_in(x, y) && guard > 0 {
        guard -= 1;
        // Bring the other axis in line first, so that the door lies in one wall.
        let side_done = if is_across { y == to_y } else { x == to_x };
        let move_x = if is_across { side_done } else { !side_done };
        if move_x {
            x = if to_x > x { x + 1 } else { x - 1 };
        } else {
            y = if to_y > y { y + 1 } else { y - 1 };
        }
        if !is_in(x, y) {
            door = y * sketch.columns + x;
            if sketch.cell(door) == s::WALL {
                sketch.set(door, s::FLOOR);
            }
        }
    }
    door
}

/// Puts a symbol onto a floor cell of a block, if there is one.
fn place(sketch: &mut Sketch, (x, y, w, h): Block, symbol: u8, rng: &mut ChaCha8Rng) -> bool {
    for _ in 0..30 {
        let (column, row) = (x + rng.index(w), y + rng.index(h));
        if sketch.at(column, row) == s::FLOOR {
            sketch.put(column, row, symbol);
            return true;
        }
    }
    false
}

/// An open hall with shelves; crates are moved off their targets by pulling, so that pushing brings them back.
fn warehouse(sketch: &mut Sketch, wanted: &Features, rng: &mut ChaCha8Rng) {
    let inner = (1, 1, sketch.columns - 2, sketch.rows - 2);
    fill(sketch, inner, s::FLOOR);
    let shelves = sketch.columns * sketch.rows / (20 + rng.index(25));
    for _ in 0..shelves {
        let (w, h) = if rng.chance(0.5) {
            (1 + rng.index(4), 1)
        } else {
            (1, 1 + rng.index(3))
        };
        let x = 1 + rng.index(inner.2.saturating_sub(w).max(1));
        let y = 1 + rng.index(inner.3.saturating_sub(h).max(1));
        fill(sketch, (x, y, w, h), s::WALL);
    }
    for _ in 0..wanted.crates.clamp(1, 6) {
        let floors = sketch.all(s::FLOOR);
        if floors.is_empty() {
            break;
        }
        let target = floors[rng.index(floors.len())];
        let mut at = target;
        let columns = sketch.columns as isize;
        for _ in 0..1 + rng.index(4) {
            let step = [1, -1, columns, -columns][rng.index(4)];
            for _ in 0..1 + rng.index(4) {
                let next = at.saturating_add_signed(step);
                let behind = next.saturating_add_signed(step);
                if sketch.cell(next) == s::FLOOR && sketch.cell(behind) == s::FLOOR {
                    at = next;
                }
            }
        }
        if at == target {
            continue;
        }
        sketch.set(target, s::TARGET);
        sketch.set(at, s::CRATE);
    }
    place(sketch, inner, s::START, rng);
    if rng.chance(0.6) {
        place(sketch, inner, s::EXIT, rng);
    }
}

/// Caves by a cellular automaton.
fn caves(sketch: &mut Sketch, rng: &mut ChaCha8Rng) {
    let share = rng.uniform(0.38, 0.47);
    for index in 0..sketch.cells.len() {
        if !sketch.is_border(index) && !rng.chance(share) {
            sketch.set(index, s::FLOOR);
        }
    }
    for _ in 0..2 + rng.index(3) {
        let old = sketch.clone();
        for index in 0..old.cells.len() {
            if old.is_border(index) {
                continue;
            }
            let (x, y) = (index % old.columns, index / old.columns);
            let mut walls = 0;
            for (dx, dy) in (0..9).map(|i| (i % 3, i / 3)) {
                walls += usize::from(old.at(x + dx - 1, y + dy - 1) == s::WALL);
            }
            sketch.set(index, if walls >= 5 { s::WALL } else { s::FLOOR });
        }
    }
    let lava = rng.index(4);
    patches(sketch, s::LAVA, lava, rng);
    ends(sketch, rng);
}

/// Open ground, hedges in rows or dots, mud.
fn garden(sketch: &mut Sketch, rng: &mut ChaCha8Rng) {
    let inner = (1, 1, sketch.columns - 2, sketch.rows - 2);
    fill(sketch, inner, s::FLOOR);
    let (apart, gap, is_rows) = (3 + rng.index(3), 2 + rng.index(4), rng.chance(0.5));
    let share = rng.uniform(0.5, 0.95);
    for index in 0..sketch.cells.len() {
        let (x, y) = (index % sketch.columns, index / sketch.columns);
        let (along, aside) = if is_rows { (x, y) } else { (y, x) };
        let is_hedge = aside % apart == 0 && (along + aside) % (gap + 3) >= gap.min(3);
        if is_hedge && !sketch.is_border(index) && rng.chance(share) {
            sketch.set(index, s::WALL);
        }
    }
    let mud = 1 + rng.index(4);
    patches(sketch, s::MUD, mud, rng);
    ends(sketch, rng);
}

/// Blots of a symbol on floor.
fn patches(sketch: &mut Sketch, symbol: u8, count: usize, rng: &mut ChaCha8Rng) {
    for _ in 0..count {
        let (w, h) = (2 + rng.index(3), 1 + rng.index(3));
        let x = 1 + rng.index(sketch.columns.saturating_sub(w + 1).max(1));
        let y = 1 + rng.index(sketch.rows.saturating_sub(h + 1).max(1));
        for index in (y..y + h).flat_map(|r| (x..x + w).map(move |c| (c, r))) {
            if sketch.at(index.0, index.1) == s::FLOOR && rng.chance(0.85) {
                sketch.put(index.0, index.1, symbol);
            }
        }
    }
}

/// Start and exit, far from each other.
fn ends(sketch: &mut Sketch, rng: &mut ChaCha8Rng) {
    let floors = sketch.all(s::FLOOR);
    if floors.len() < 2 {
        return;
    }
    let start = floors[rng.index(floors.len())];
    let columns = sketch.columns;
    let away = |a: usize, b: usize| {
        (a % columns).abs_diff(b % columns) + (a / columns).abs_diff(b / columns)
    };
    let tries: Vec<usize> = (0..6).map(|_| floors[rng.index(floors.len())]).collect();
    let exit = tries.into_iter().max_by_key(|cell| away(*cell, start));
    let exit = exit.filter(|cell| *cell != start).unwrap_or(floors[0]);
    sketch.set(exit, s::EXIT);
    sketch.set(start, s::START);
}

/// Storeys of three rows of air, joined by ladders.
fn tower(sketch: &mut Sketch, rng: &mut ChaCha8Rng) {
    let (columns, rows) = (sketch.columns, sketch.rows);
    fill(sketch, (1, 1, columns - 2, rows - 2), s::FLOOR);
    let mut floors = Vec::new();
    let mut row = rows - 1;
    while row >= 4 {
        floors.push(row);
        row -= if row >= 8 && rng.chance(0.3) { 4 } else { 3 };
    }
    for (i, row) in floors.iter().enumerate() {
        if i > 0 {
            fill(sketch, (1, *row, columns - 2, 1), s::WALL);
        }
    }
    let mut last = usize::MAX;
    for pair in floors.windows(2) {
        let (low, high) = (pair[0], pair[1]);
        let ladders = 1 + usize::from(columns > 20 && rng.chance(0.4));
        for _ in 0..ladders {
            let mut x = 1 + rng.index(columns - 2);
            if x.abs_diff(last) < 3 {
                x = 1 + (x + columns / 2) % (columns - 2);
            }
            last = x;
            for y in high..low {
                sketch.put(x, y, s::LADDER);
            }
        }
        // Steps and low walls to jump over.
        for _ in 0..rng.index(3) {
            let x = 2 + rng.index(columns.saturating_sub(4).max(1));
            if sketch.at(x, low - 1) == s::FLOOR && low - high > 2 {
                sketch.put(
                    x,
                    low - 1,
                    if rng.chance(0.5) { s::WALL } else { s::SPIKES },
                );
            }
        }
    }
    let stand = |sketch: &mut Sketch, floor: usize, symbol: u8, rng: &mut ChaCha8Rng| {
        place(sketch, (1, floor - 1, columns - 2, 1), symbol, rng);
    };
    stand(sketch, floors[0], s::START, rng);
    stand(sketch, floors[floors.len() - 1], s::EXIT, rng);
}

/// Cells on which things can stand: floor, from the side with ground below.
pub fn stands(sketch: &Sketch) -> Vec<usize> {
    let is_side = sketch.theme == Theme::Tower;
    let mut cells = sketch.all(s::FLOOR);
    if is_side {
        cells.retain(|cell| sketch.cell(cell + sketch.columns) == s::WALL);
    }
    cells
}

/// Guards, treasure, hazards, potions and coins.
fn furnish(sketch: &mut Sketch, wanted: &Features, rng: &mut ChaCha8Rng) {
    let start = sketch.all(s::START).first().copied().unwrap_or(0);
    let columns = sketch.columns;
    let far = move |cell: usize| {
        (cell % columns).abs_diff(start % columns) + (cell / columns).abs_diff(start / columns) > 4
    };
    let is_top = sketch.theme != Theme::Tower;
    let swords = u32::from(rng.chance(0.2));
    let potions = rng.index(3) as u32;
    let coins = rng.index(6) as u32;
    let spikes = if is_top && sketch.theme != Theme::Warehouse {
        rng.index(7) as u32
    } else {
        0
    };
    let all = [
        (s::GUARD, wanted.guards),
        (s::TREASURE, wanted.treasures.min(1)),
        (s::SWORD, swords),
        (s::POTION, potions),
        (s::COIN, coins),
        (s::SPIKES, spikes),
    ];
    for (symbol, count) in all {
        for _ in 0..count {
            let mut cells = stands(sketch);
            if symbol == s::GUARD {
                cells.retain(|cell| far(*cell));
            }
            if !cells.is_empty() {
                sketch.set(cells[rng.index(cells.len())], symbol);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_has_one_start_and_walls_around() {
        for seed in 0..20 {
            for theme in Theme::ALL {
                let mut rng = sim::seed::stream(seed, None, "test");
                let (columns, rows) = (8 + rng.index(30), 8 + rng.index(20));
                let wanted = usual_features(theme, &mut rng);
                let sketch = draw(theme, columns, rows, &wanted, &mut rng);
                assert_eq!(sketch.count(s::START), 1, "{seed} {theme:?}");
                for index in 0..sketch.cells.len() {
                    if sketch.is_border(index) {
                        assert_eq!(sketch.cell(index), s::WALL, "{:#?}", sketch.text());
                    }
                }
            }
        }
    }
}
