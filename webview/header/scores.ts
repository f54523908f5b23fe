import type { ClassScore, Prediction } from "../../src/shared/protocol";
import { formatUnit } from "../../src/shared/unit-parser";

/** Address of a class as a unit. */
export const addressOf = (prediction: Prediction, score: ClassScore): string =>
	formatUnit({ place: { layer: prediction.layer }, channel: score.index });

/** Where a bar begins and how long it is, as shares of its track. Probabilities fill theirs; scores share one scale with its zero. */
export function barOf(prediction: Prediction, value: number): { start: number; extent: number } {
	if (!Number.isFinite(value)) return { start: 0, extent: 0 };
	if (prediction.kind === "probability") return { start: 0, extent: Math.min(1, Math.max(0, value)) };
	const values = prediction.top.map((score) => score.value).filter(Number.isFinite);
	const low = Math.min(0, ...values);
	const high = Math.max(0, ...values);
	const scale = high - low || 1;
	return { start: (Math.min(0, value) - low) / scale, extent: Math.abs(value) / scale };
}
