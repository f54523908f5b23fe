import type { ModelSummary, SymbolicShape } from "../../src/shared/model";

/** Four significant digits, exponents only where the number would be long: `0.01234`, `-1.5e-7`, `12,345`. */
export function formatNumber(value: number, digits = 4): string {
	if (Number.isNaN(value)) return "NaN";
	if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
	if (value === 0) return "0";
	const size = Math.abs(value);
	const text =
		size >= 1e6 || size < 1e-3
			? value
					.toExponential(Math.max(0, digits - 2))
					.replace(/\.?0+e/, "e")
					.replace("e+", "e")
			: size >= 1000
				? Math.round(value).toLocaleString("en-US")
				: trimZeros(value.toPrecision(digits));
	return text.replace(/^-/, "−");
}

const trimZeros = (text: string) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

/** Two decimals; what is below half of that is told as such, never as 0. */
export function formatProbability(value: number): string {
	if (!Number.isFinite(value)) return formatNumber(value);
	if (value > 0 && value < 0.005) return "<0.01";
	if (value < 1 && value > 0.995) return ">0.99";
	return value.toFixed(2);
}

/** `34,826` */
export const formatCount = (count: number): string => Math.round(count).toLocaleString("en-US");

/** `34.8 k`, `1.05 M`: for places where only the size matters. */
export function formatCountShort(count: number): string {
	for (const [unit, letter] of [
		[1e9, "G"],
		[1e6, "M"],
		[1e3, "k"],
	] as const) {
		if (count >= unit) return `${trimZeros((count / unit).toPrecision(3))} ${letter}`;
	}
	return String(count);
}

/** `26×26×32`: the batch axis is left out; free extents are `?`, and so is a shape that is not known. */
export function formatShape(shape: SymbolicShape): string {
	if (shape.length === 0) return "?";
	const inner = shape.slice(1);
	return inner.length === 0 ? "scalar" : inner.map((extent) => extent ?? "?").join("×");
}

/** Shapes of several outputs, joined; empty when none is known. */
export const formatShapes = (shapes: readonly SymbolicShape[]): string => shapes.map(formatShape).join(", ");

/** `28×28×1 → 10` */
export function formatSignature(summary: ModelSummary): string {
	const side = (ports: ModelSummary["inputs"]) => ports.map((port) => formatShape(port.shape)).join(", ");
	return `${side(summary.inputs)} → ${side(summary.outputs)}`;
}

export const formatPercent = (share: number): string =>
	share > 0 && share < 0.001 ? "<0.1 %" : `${trimZeros((share * 100).toFixed(1))} %`;

export function formatBytes(bytes: number): string {
	if (bytes < 1000) return `${bytes} B`;
	if (bytes < 1e6) return `${trimZeros((bytes / 1e3).toPrecision(3))} kB`;
	return bytes < 1e9
		? `${trimZeros((bytes / 1e6).toPrecision(3))} MB`
		: `${trimZeros((bytes / 1e9).toPrecision(3))} GB`;
}

export function formatMilliseconds(milliseconds: number): string {
	if (milliseconds < 1000) return `${trimZeros(milliseconds.toPrecision(milliseconds < 10 ? 2 : 3))} ms`;
	return formatSeconds(milliseconds / 1000);
}

/** `3.2 s`, `1 min 20 s` */
export function formatSeconds(seconds: number): string {
	if (seconds < 10) return `${trimZeros(seconds.toFixed(1))} s`;
	if (seconds < 60) return `${Math.round(seconds)} s`;
	const minutes = Math.floor(seconds / 60);
	const rest = Math.round(seconds - minutes * 60);
	return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

/** `3 units`, `1 unit` */
export const plural = (count: number, noun: string): string => `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Last part of a path. */
export const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;
