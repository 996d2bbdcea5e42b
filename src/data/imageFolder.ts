/**
 * Folders of PNG images: one sub-folder for each class. Folder → a list of files with labels, or all images as one tensor.
 */

import { hostArray } from '../core/dtype.js'
import { E, type TaskEither } from '../core/fp.js'
import { sameShape, showShape, sizeOf } from '../core/shape.js'
import { nodeModules } from '../io/node.js'
import { dataError, defaultMaxBytes, located, orThrow, type DataError } from '../io/source.js'
import type { HostTensor } from '../io/host.js'
import type { Labelled } from './idx.js'
import { loadPng, type PngOptions } from './png.js'

/** The files of a folder of images. */
export interface ImageFiles {
  /** The names of the sub-folders, in order. */
  readonly classes: readonly string[]
  readonly files: readonly {
    readonly path: string
    /** The number of the class. */
    readonly label: number
  }[]
}

/** Images with the number of their class, and what was read. */
export interface LabelledFolder extends Labelled, ImageFiles {}

/** Lists a folder of images as a `TaskEither`; `listImages` is its throwing form. */
export function loadImageList(folder: string | URL): TaskEither<DataError, ImageFiles> {
  return located(async () => {
    const origin = { operation: 'data.listImages', source: String(folder) }
    const node = nodeModules()
    if (node === null) return E.left(dataError(origin, 0, 'Node, which has folders', 'another environment'))
    const { fs, path, url } = node
    try {
      const root = folder instanceof URL ? url.fileURLToPath(folder) : folder
      const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
      const entries = await fs.readdir(root, { withFileTypes: true })
      const classes = entries
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
        .map(({ name }) => name)
        .sort(byName)
      const files: { path: string; label: number }[] = []
      for (const [label, name] of classes.entries())
        for (const file of (await fs.readdir(path.join(root, name))).sort(byName))
          if (/^[^.].*\.png$/i.test(file)) files.push({ path: path.join(root, name, file), label })
      if (files.length > 0) return E.right({ classes, files })
      return E.left(dataError(origin, 0, 'sub-folders with .png files, one for each class', 'none'))
    } catch (cause) {
      const received = cause instanceof Error ? cause.message : String(cause)
      return E.left(dataError(origin, 0, 'a folder that can be read', received, cause))
    }
  })
}

/**
 * The PNG files of a folder (Node) with one sub-folder for each class, in the order of their names; hidden files and files
 * of other kinds are left out. To read them one by one where they do not fit into memory. Throws a `data` error where
 * there are none.
 *
 * @example
 * ```ts
 * import { data, numpy as np } from 'cotangent'
 * import { mkdtempSync, mkdirSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * const folder = mkdtempSync(`${tmpdir()}/cotangent-images-`)
 * for (const name of ['cat', 'dog']) {
 *   mkdirSync(`${folder}/${name}`)
 *   await data.writePng(`${folder}/${name}/0.png`, np.zeros([8, 8, 3]))
 * }
 * const { classes, files } = await data.listImages(folder)
 * console.log(classes, files.map(({ label }) => label)) // ['cat', 'dog'] [0, 1]
 *
 * async function* images() {
 *   for (const { path, label } of files) yield { image: await data.readPng(path), label }
 * }
 * for await (const { image } of data.prefetch(data.batch(images(), 2))) console.log(image.shape) // [2, 8, 8, 3]
 * ```
 */
export const listImages = (folder: string | URL): Promise<ImageFiles> => orThrow(loadImageList(folder))

/** Images in the order of their files, of which some are read at the same time: a disk answers several at once. */
async function* inOrder(files: ImageFiles['files'], options: PngOptions) {
  const together = 16
  for (let start = 0; start < files.length; start += together) {
    const some = files.slice(start, start + together)
    const images = await Promise.all(some.map(({ path }) => loadPng(path, options)()))
    for (const [j, image] of images.entries()) yield { i: start + j, path: some[j]?.path ?? '', image }
  }
}

/** Reads a folder of images as a `TaskEither`; `readImageFolder` is its throwing form. */
export function loadImageFolder(
  folder: string | URL,
  { maxBytes = defaultMaxBytes, channels }: Omit<PngOptions, 'name'> = {},
): TaskEither<DataError, LabelledFolder> {
  return located(async () => {
    const listed = await loadImageList(folder)()
    if (E.isLeft(listed)) return listed
    const { classes, files } = listed.right
    let images: HostTensor | null = null
    for await (const { i, path, image } of inOrder(files, {
      maxBytes,
      ...(channels === undefined ? {} : { channels }),
    })) {
      if (E.isLeft(image)) return image
      const { shape, dtype, data } = image.right
      const origin = { operation: 'data.readImageFolder', source: path }
      if (images === null) {
        const bytes = files.length * data.byteLength
        const what = `${files.length} images of ${showShape(shape)}, ${bytes} bytes`
        if (bytes > maxBytes)
          return E.left(dataError(origin, 16, `at most ${maxBytes} bytes for all images`, what))
        images = {
          data: hostArray(dtype, files.length * sizeOf(shape)),
          shape: [files.length, ...shape],
          dtype,
        }
      }
      if (!sameShape(shape, images.shape.slice(1)) || dtype !== images.dtype) {
        const expected = `an image like the first, ${images.dtype} ${showShape(images.shape.slice(1))}`
        return E.left(dataError(origin, 16, expected, `${dtype} ${showShape(shape)}`))
      }
      images.data.set(data, i * data.length)
    }
    const labels = Int32Array.from(files, ({ label }) => label)
    const none: HostTensor = { data: new Uint8Array(0), shape: [0], dtype: 'uint8' }
    return E.right({
      images: images ?? none,
      labels: { data: labels, shape: [files.length], dtype: 'int32' },
      classes,
      files,
    })
  })
}

/**
 * Reads all PNG images of a folder (Node) with one sub-folder for each class: images [n, height, width, channels], all of
 * one size, and labels int32 [n], the number of the sub-folder in the order of names. Throws a `data` error that names the
 * file: not a PNG image, another size or another number of channels than the first (`channels` makes them equal), more
 * than `maxBytes` in all.
 *
 * @example
 * ```ts
 * import { data, numpy as np } from 'cotangent'
 * import { mkdtempSync, mkdirSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * const folder = mkdtempSync(`${tmpdir()}/cotangent-images-`)
 * mkdirSync(`${folder}/black`)
 * await data.writePng(`${folder}/black/0.png`, np.zeros([4, 4]))
 * const { images, labels, classes } = await data.readImageFolder(folder, { channels: 3 })
 * console.log(images.shape, labels.data, classes) // [1, 4, 4, 3] [0] ['black']
 * ```
 */
export const readImageFolder = (
  folder: string | URL,
  options?: Omit<PngOptions, 'name'>,
): Promise<LabelledFolder> => orThrow(loadImageFolder(folder, options))
