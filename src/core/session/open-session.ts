import type { Engine } from "../engine/engine";
import { openModel } from "../formats/registry";
import { summarize } from "../graph/summary";
import type { ModelSession } from "./model-session";
import { Session, type SessionOptions } from "./session";

/**
 * Opens a model file and binds it to an engine. Nothing is computed before it is asked for.
 * @throws UnreadableFileError, UnsupportedError as `openModel`
 */
export async function openSession(
	path: string,
	engine: Engine,
	options: Omit<SessionOptions, "path"> = {},
): Promise<ModelSession> {
	const model = await openModel(path);
	return new Session(model, engine, await summarize(model, path), { ...options, path });
}
