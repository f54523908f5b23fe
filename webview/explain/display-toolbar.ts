import { html, nothing } from "lit";
import { COLORMAPS, type ColormapId } from "../../src/shared/colormap";
import { BLENDS } from "../pictures/painting";
import { formatPercent } from "../state/format";
import type { Inspector } from "../state/inspector";
import { segments, select, slider } from "../tabs/toolbar";
import type { DisplayOptions } from "./display";
import { CHANNEL_JOINS } from "./flat";

const RANGES = [
	{ id: "100", title: "all values" },
	{ id: "99", title: "99 % of them" },
	{ id: "95", title: "95 % of them" },
] as const;

/** How maps are shown. @param about what there is to choose for */
export function displayToolbar(
	inspector: Inspector,
	options: DisplayOptions,
	about: { hasPicture: boolean; hasChannels: boolean },
) {
	const { arrangement } = inspector;
	const colours = [{ id: "auto", title: "Automatic" } as const, ...COLORMAPS];
	return html`${select("Colours", colours, options.colours ?? "auto", (id) => chooseColours(inspector, id))}
	${
		about.hasPicture
			? html`${slider("Opacity", { min: 0, max: 1, step: 0.05, value: options.opacity, text: formatPercent(options.opacity) }, (opacity) => inspector.choose({ opacity }))}
				${select("Blend", [...BLENDS, { id: "none", title: "Map alone" }], arrangement.blend ?? "over", (blend) => inspector.arrange({ blend }))}`
			: nothing
	}
	${select("Range", RANGES, String(arrangement.percent ?? 99) as "99", (percent) => inspector.arrange({ percent: Number(percent) }))}
	${segments(
		"Scale",
		[
			{ id: "each", title: "Each", help: "Each map on its own scale" },
			{ id: "shared", title: "Shared", help: "One scale for all maps: their numbers can be compared" },
		],
		arrangement.resultScale ?? "each",
		(resultScale) => inspector.arrange({ resultScale }),
	)}
	${about.hasChannels ? select("Channels", CHANNEL_JOINS, options.channels, (channels) => inspector.arrange({ channels })) : nothing}`;
}

function chooseColours(inspector: Inspector, id: ColormapId | "auto"): void {
	const { signed: _, ...others } = inspector.state.chosen.colormaps ?? {};
	inspector.choose({ colormaps: id === "auto" ? others : { ...others, signed: id } });
}
