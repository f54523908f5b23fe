import type { LayerTranslator } from "../translator";
import { dense } from "./dense";

export { activations } from "./activations";

/** Every translator; a class that is in none of them is refused by name. */
export const layerTranslators: readonly LayerTranslator[] = [dense];
