import { medianOf, type Result, type Side } from "./compare";
import type { EditorTimes } from "./editor";

export function tableRow({ name, lamina, reference, ratio, cpuRatio }: Result): string {
	const side = (title: string, { median, cpuMedian, first, firstPartial, peakBytes }: Side) =>
		`${title} ${milliseconds(median)} (processor ${milliseconds(cpuMedian)}, first ${milliseconds(first)}, ${firstPartial === undefined ? "" : `to a picture ${milliseconds(firstPartial)}, `}${(peakBytes / 1e9).toFixed(1)} GB)`;
	const compared =
		reference && ratio && cpuRatio
			? `  ${side("PyTorch", reference)}  ratio ${ratio.toFixed(2)}, of processor time ${cpuRatio.toFixed(2)}`
			: "";
	return `${name.padEnd(38)} ${side("Lamina", lamina)}${compared}`;
}

export function sayEditor(times: EditorTimes): void {
	const titles: Record<keyof EditorTimes, string> = {
		firstPicture: "model file to first pictures",
		hoverFirst: "hover on a layer for the first time",
		hoverWarm: "hover on a layer looked at before",
		hoverAgain: "the same hover again",
	};
	for (const [key, title] of Object.entries(titles))
		say(`${title.padEnd(38)} ${milliseconds(medianOf(times[key as keyof EditorTimes]))}`);
}

export function milliseconds(value: number): string {
	return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

export function say(line: string): void {
	process.stderr.write(`${line}\n`);
}
