//! Forward passes in batches of one fixed shape.

use tch::{Device, Tensor};

use crate::device::{upload, use_one_thread};

/// Runs `forward` over `inputs` (each `(N, …)`, on the CPU) in batches of exactly `size` rows, each put on the
/// device in turn, the last one padded with zeros, without gradients; outputs are `(N, …)`.
///
/// The shape of every call is the same, so what a row gives doesn't depend on how many others are
/// there. With `size` 1 a row is computed alone and its bits depend on nothing else at all: take
/// that on the CPU, where larger batches gain little; larger ones are for GPUs.
pub fn micro_batch(
    inputs: &[Tensor],
    size: usize,
    device: Device,
    forward: impl Fn(&[Tensor]) -> Vec<Tensor>,
) -> Vec<Tensor> {
    use_one_thread();
    let size = size.max(1) as i64;
    let rows = inputs.first().map_or(0, |t| t.size()[0]);
    let mut outputs: Vec<Vec<Tensor>> = Vec::new();
    tch::no_grad(|| {
        let mut start = 0;
        while start < rows {
            let count = size.min(rows - start);
            let batch: Vec<Tensor> = inputs
                .iter()
                .map(|input| upload(&pad_rows(&input.narrow(0, start, count), size), device))
                .collect();
            let parts = forward(&batch);
            outputs.resize_with(parts.len(), Vec::new);
            for (all, part) in outputs.iter_mut().zip(parts) {
                all.push(part.narrow(0, 0, count));
            }
            start += count;
        }
    });
    outputs
        .into_iter()
        .map(|parts| Tensor::cat(&parts, 0))
        .collect()
}

fn pad_rows(rows: &Tensor, size: i64) -> Tensor {
    let count = rows.size()[0];
    if count == size {
        return rows.contiguous();
    }
    let mut shape = rows.size();
    shape[0] = size - count;
    let zeros = Tensor::zeros(shape, (rows.kind(), rows.device()));
    Tensor::cat(&[rows, &zeros], 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Kind;

    #[test]
    fn a_row_does_not_depend_on_its_company() {
        let _generator = crate::device::seed(3);
        let vs = tch::nn::VarStore::new(Device::Cpu);
        let block = crate::EncoderBlock::new(&vs.root(), 32, 4, 2);
        let all = Tensor::randn([7, 10, 32], (Kind::Float, Device::Cpu));
        let run = |input: &Tensor, size| {
            micro_batch(&[input.shallow_clone()], size, Device::Cpu, |t| {
                vec![block.forward(&t[0], None)]
            })
            .remove(0)
        };
        for row in 0..7 {
            let alone = run(&all.narrow(0, row, 1), 1);
            assert!(alone.equal(&run(&all, 1).narrow(0, row, 1)));
        }
        // In larger batches: the same company-independence at a fixed place.
        let few = run(&all.narrow(0, 0, 2), 4);
        assert!(few.equal(&run(&all, 4).narrow(0, 0, 2)));
    }

    #[test]
    fn no_rows_give_no_outputs() {
        let none = Tensor::zeros([0, 3], (Kind::Float, Device::Cpu));
        assert!(micro_batch(&[none], 4, Device::Cpu, |t| vec![t[0].shallow_clone()]).is_empty());
    }
}
