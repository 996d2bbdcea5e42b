/**
 * The numbers behind WebGPU's usage flags: they are globals in browsers, but not in Node.
 */

export const usage = { mapRead: 0x1, copySource: 0x4, copyDestination: 0x8, storage: 0x80 } as const
export const mapModeRead = 0x1
export const computeStage = 0x4
