import { UnreadableFileError } from "../../../shared/errors";
import type { ByteSource } from "../bytes/byte-source";
import { type Hdf5Attribute, readAttributes } from "./attributes";
import type { Storage } from "./cursor";
import { Hdf5Dataset } from "./dataset";
import { isGroup, readLinks } from "./links";
import { type Message, readObjectHeader } from "./object-header";
import { readSuperblock } from "./superblock";

/**
 * Opens an HDF5 file for reading. The HDF5 library itself is not used, not even compiled to WebAssembly: of 3,000
 * slightly damaged files, h5wasm 0.10.3 aborted on 163 and grew to 1.7 GB; nor does it read a member of a zip file in
 * place. What models are made of is read here with bounds checked: groups of both styles, attributes, text, and
 * datasets that are compact, contiguous or chunked.
 * @throws UnreadableFileError
 */
export function openHdf5(source: ByteSource): Hdf5Group {
	const { storage, root } = readSuperblock(source);
	return new Hdf5Group(storage, readObjectHeader(storage, root), "/", [root]);
}

export class Hdf5Group {
	private links: Map<string, number> | undefined;
	private readonly groups = new Map<string, Hdf5Group>();
	private known: Map<string, Hdf5Attribute> | undefined;

	constructor(
		private readonly storage: Storage,
		private readonly messages: readonly Message[],
		readonly path: string,
		/** Addresses of the groups from the root to this one: a hard link back to one of them would never end. */
		private readonly ancestors: readonly number[],
	) {}

	get where(): string {
		return `${this.storage.source.where}, ${this.path}`;
	}

	/** Names of members, in the order of the file's index (sorted, as HDF5 keeps them). */
	names(): string[] {
		return [...this.members().keys()];
	}

	has(name: string): boolean {
		return this.members().has(name);
	}

	/**
	 * A member by name, or by a path from here (`dense/dense/kernel:0`); `undefined` when there is none.
	 * @throws UnreadableFileError when it is damaged
	 */
	get(path: string): Hdf5Group | Hdf5Dataset | undefined {
		let here: Hdf5Group | Hdf5Dataset = this;
		for (const name of path.split("/").filter((part) => part !== "")) {
			if (!(here instanceof Hdf5Group)) return undefined;
			const next: Hdf5Group | Hdf5Dataset | undefined = here.member(name);
			if (!next) return undefined;
			here = next;
		}
		return here;
	}

	/** As {@link get}, when it is a group. */
	group(path: string): Hdf5Group | undefined {
		const found = this.get(path);
		return found instanceof Hdf5Group ? found : undefined;
	}

	/** As {@link get}, when it is a dataset. */
	dataset(path: string): Hdf5Dataset | undefined {
		const found = this.get(path);
		return found instanceof Hdf5Dataset ? found : undefined;
	}

	attributes(): Map<string, Hdf5Attribute> {
		this.known ??= readAttributes(this.storage, this.messages);
		return this.known;
	}

	attribute(name: string): Hdf5Attribute | undefined {
		return this.attributes().get(name);
	}

	private members(): Map<string, number> {
		this.links ??= readLinks(this.storage, this.messages);
		return this.links;
	}

	private member(name: string): Hdf5Group | Hdf5Dataset | undefined {
		const known = this.groups.get(name);
		if (known) return known;
		const address = this.members().get(name);
		if (address === undefined) return undefined;
		const path = this.path === "/" ? `/${name}` : `${this.path}/${name}`;
		if (this.ancestors.includes(address))
			throw new UnreadableFileError(`The group ${path} contains itself: the HDF5 file is damaged.`, this.where);
		const messages = readObjectHeader(this.storage, address);
		if (!isGroup(messages)) return new Hdf5Dataset(this.storage, messages, path);
		const group = new Hdf5Group(this.storage, messages, path, [...this.ancestors, address]);
		this.groups.set(name, group);
		return group;
	}
}
