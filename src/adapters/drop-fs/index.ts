/**
 * A drop that is a folder of this machine, or one that is mounted.
 *
 * Promises: the guarantees of FileDrop.
 * Never: follows a symbolic link, looks into folders, or writes.
 */
export { folderDrop } from './folder-drop.ts'
