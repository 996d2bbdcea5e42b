// What the browser of these tests offers: an adapter that computes, and shared memory.

export async function run() {
  const adapter = await navigator.gpu.requestAdapter()
  if (adapter === null) throw new Error('No WebGPU adapter in the browser')
  const device = await adapter.requestDevice()
  const size = 4 * 4
  const storage = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC })
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ })
  const module = device.createShaderModule({
    code: `
      @group(0) @binding(0) var<storage, read_write> out: array<f32>;
      @compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
        out[id.x] = f32(id.x) + 0.5;
      }`,
  })
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } })
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: storage } }],
  })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, group)
  pass.dispatchWorkgroups(1)
  pass.end()
  encoder.copyBufferToBuffer(storage, 0, staging, 0, size)
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(GPUMapMode.READ)
  return {
    computed: [...new Float32Array(staging.getMappedRange())],
    crossOriginIsolated: globalThis.crossOriginIsolated,
    sharedMemory: new SharedArrayBuffer(8).byteLength,
  }
}
