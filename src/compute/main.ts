import { LaminaError } from "../shared/errors";
import type { ComputeApi, ComputeEvents } from "../shared/protocol";
import { type Channel, connect } from "../shared/rpc";
import { createApi } from "./api";
import { readSettings } from "./settings";

/** The compute process: serves the core to whoever forked it, and ends with it. */
const channel: Channel = {
	post: (message) => {
		if (process.connected) process.send?.(message);
	},
	listen: (receive) => {
		process.on("message", receive);
		return () => process.off("message", receive);
	},
};

if (!process.send) {
	process.stderr.write(
		"This is the compute process of Lamina; the editor starts it. For the command line use lamina.\n",
	);
	process.exit(2);
}
process.on("disconnect", () => process.exit(0));
process.on("unhandledRejection", (reason) => process.stderr.write(`${LaminaError.from(reason).message}\n`));

const events: ComputeEvents = {
	progress: (...event) => void remote.progress.asEvent(...event),
	partial: (...event) => void remote.partial.asEvent(...event),
	preview: (...event) => void remote.preview.asEvent(...event),
};
const remote = connect<ComputeEvents, ComputeApi>(channel, createApi(readSettings(process.env), events));
