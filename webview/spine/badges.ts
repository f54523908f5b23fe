import type { LayerStatistics, LayerSummary } from "../../src/shared/model";

/** Something that a person should know of a layer before opening it. */
export interface Badge {
	text: string;
	title: string;
	severity: "error" | "warning" | "info";
}

/** Badges of a layer, the gravest first. */
export function badgesOf(layer: LayerSummary, health: LayerStatistics["health"] | undefined): Badge[] {
	const badges: Badge[] = [];
	if (layer.unsupported) {
		const { message, hint } = layer.unsupported;
		badges.push({ text: "unsupported", title: hint ? `${message} ${hint}` : message, severity: "error" });
	} else if (layer.blockedBy) {
		badges.push({
			text: "blocked",
			title: `Cannot be computed, because it depends on ${layer.blockedBy}.`,
			severity: "warning",
		});
	}
	if (health && health.state !== "healthy") {
		const reason = health.reason ?? "Something is wrong with its numbers.";
		badges.push({ text: wordFor(reason), title: reason, severity: health.state === "broken" ? "error" : "warning" });
	}
	if (layer.calls > 1)
		badges.push({
			text: `×${layer.calls}`,
			title: `Called ${layer.calls} times: its weights are shared.`,
			severity: "info",
		});
	return badges;
}

function wordFor(reason: string): string {
	if (reason.includes("NaN")) return "NaN";
	if (reason.includes("infinite")) return "infinite";
	if (reason.includes("never become active")) return "dead units";
	if (reason.includes("are 0")) return "all zero";
	return "check";
}
