/**
 * A library in a page of its own: the page answers the commands that the driver hands to `answer`.
 */

import { answer } from '../session/serve.js'

Object.assign(globalThis, { answer })
