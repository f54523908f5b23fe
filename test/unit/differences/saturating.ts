import { float32 } from "../../../src/shared/tensor";
import { SmallModel } from "../rules/small-model";

/** 1 - ReLU(1 - x): rises to 1 and stays there. */
export function saturating(): SmallModel {
	const model = new SmallModel();
	const flip = { params: { kernel: float32([1, 1], [-1]), bias: float32([1], [1]) }, channelAxis: 1 };
	const below = model.layer("below", "Dense", model.input("x", [1]), { ...flip, activation: "Relu" });
	return model.output(model.layer("out", "Dense", below, flip));
}
