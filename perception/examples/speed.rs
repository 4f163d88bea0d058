use perception::network::*;
use tch::{Device, nn::VarStore};
fn main() {
    nn::use_one_thread();
    let vs = VarStore::new(Device::Cpu);
    let net = Perception::new(&vs.root(), &PerceptionConfig::default());
    let n: usize = vs.trainable_variables().iter().map(|t| t.numel()).sum();
    println!("{n} parameters");
    let x = zero_input(1, Device::Cpu);
    for k in 0..30 {
        let t = std::time::Instant::now();
        let _ = tch::no_grad(|| net.forward(&x, false));
        if k == 29 {
            println!("fwd {:?}", t.elapsed());
        }
    }
    let x = zero_input(4, Device::Cpu);
    for _ in 0..6 {
        let t = std::time::Instant::now();
        let o = net.forward(&x, true);
        let f = t.elapsed();
        let l = o.heat.mean(tch::Kind::Float)
            + o.boxes.mean(tch::Kind::Float)
            + o.drivable.mean(tch::Kind::Float)
            + o.signals.mean(tch::Kind::Float);
        l.backward();
        println!("train batch 4: fwd {:?} all {:?}", f, t.elapsed());
    }
}
