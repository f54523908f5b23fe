import type { JobId } from "../../src/shared/protocol";
import { errorOf } from "../../src/shared/rpc";
import type { Inspector } from "./inspector";
import { newJob } from "./jobs";
import { isComputable, layerNamed, loadedInput } from "./view-state";

/** Weights of layers with more parameters than this are not read just to look for dead units. */
const MOST_PARAMETERS = 4_000_000;

/** Scrolling passes over rows; only where it rests is something asked for. */
const REST_MS = 120;

/**
 * Previews and health of the layers whose rows are in sight, nothing more. Previews of rows that were scrolled away and
 * of inputs that were changed are cancelled; health is looked at one layer at a time, after the previews.
 */
export class LayerQueue {
	private visible: readonly string[] = [];
	private job: JobId | undefined;
	/** Layers and input of the previews under way. */
	private asked = "";
	private timer: ReturnType<typeof setTimeout> | undefined;
	private examining = false;

	constructor(private readonly inspector: Inspector) {
		let input: string | undefined;
		let revision = 0;
		inspector.subscribe(() => {
			const { state } = inspector;
			const id = loadedInput(state)?.id;
			if (id === input && revision === state.revision) return;
			input = id;
			revision = state.revision;
			this.schedule(0);
		});
	}

	/** Rows in sight, the first one first. */
	show(layers: readonly string[]): void {
		this.visible = layers;
		this.schedule(REST_MS);
	}

	private schedule(after: number): void {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => void this.run(), after);
	}

	private async run(): Promise<void> {
		const { state, api, events } = this.inspector;
		const input = loadedInput(state);
		if (input && !state.restricted && !state.lost) {
			const wanted = this.visible.filter((name) => {
				const layer = layerNamed(state, name);
				return layer && isComputable(layer) && state.previews.get(name)?.input !== input.id;
			});
			const question = `${input.id} ${wanted.join(" ")}`;
			if (wanted.length > 0 && !(this.job && question === this.asked)) {
				if (this.job) void api.cancel(this.job).catch(() => undefined);
				const job = newJob("previews");
				this.job = job;
				this.asked = question;
				const stop = events.listen(job, {
					preview: (preview) => this.inspector.dispatch({ type: "preview", input: input.id, preview }),
				});
				try {
					await api.previews(input.id, wanted, job);
				} catch (thrown) {
					this.inspector.report(errorOf(thrown));
				}
				stop();
				// Another run has taken over: it goes on from here.
				if (this.job !== job) return;
				this.job = undefined;
			}
		}
		void this.examine();
	}

	/** Looks at the weights of the layers in sight, one after another. */
	private async examine(): Promise<void> {
		if (this.examining) return;
		this.examining = true;
		const refused = new Set<string>();
		for (;;) {
			const { state, api } = this.inspector;
			const layer = this.visible.find((name) => {
				const summary = layerNamed(state, name);
				const small = summary && summary.parameters > 0 && summary.parameters <= MOST_PARAMETERS;
				return small && !state.health.has(name) && !refused.has(name);
			});
			if (!layer || state.lost) break;
			try {
				const { health } = await api.statistics(layer);
				if (state.revision === this.inspector.state.revision)
					this.inspector.dispatch({ type: "health", layer, health });
			} catch {
				// The Statistics tab of the layer tells why.
				refused.add(layer);
			}
		}
		this.examining = false;
	}
}
