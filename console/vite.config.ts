// Builds the console into one folder that anningd serves as it is. Vant's icon font is
// left out (its last resort is another host; our signs are drawn in src/phone/Sign.vue), and a build that still asks
// another host for something stops. Beside each text file lie .gz and .br, so that the server never compresses.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import components from 'unplugin-vue-components/vite';
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers';
import { VantResolver } from '@vant/auto-import-resolver';
import { defineConfig, type Plugin } from 'vite';

/** No face of Vant's icon font (it would be fetched from another host); nothing else that leaves this one. */
function ownFontsOnly(): Plugin {
  return {
    name: 'anning-own-fonts-only',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type !== 'asset' || !part.fileName.endsWith('.css')) continue;
        const text = String(part.source).replace(/@font-face\{[^}]*vant-icon[^}]*\}/g, '');
        if (/url\(["']?(?:https?:|\/\/|data:font)|@font-face/.test(text)) this.error(`${part.fileName} asks for a font or file that is not served here`);
        part.source = text;
      }
    },
  };
}

/** .gz and .br beside every text file over 1 kB. */
function precompressed(): Plugin {
  return {
    name: 'anning-precompressed',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const part of Object.values(bundle)) {
          if (!/\.(js|css|svg|html)$/.test(part.fileName)) continue;
          const bytes = Buffer.from(part.type === 'asset' ? part.source : part.code);
          if (bytes.length < 1024) continue;
          const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
          this.emitFile({ type: 'asset', fileName: `${part.fileName}.gz`, source: gzipSync(bytes, { level: 9 }) });
          this.emitFile({ type: 'asset', fileName: `${part.fileName}.br`, source: brotliCompressSync(bytes, quality) });
        }
      },
    },
  };
}

function manualChunks(id: string): string | undefined {
  if (/\/src\/(phone|sign|redress)\/|\/node_modules\/@?vant\//.test(id)) return 'phone';
  if (/\/node_modules\/(vue|@vue|vue-router|vue-i18n|@intlify)\/|\/src\/base\/|plugin-vue:export-helper/.test(id)) return 'base';
  return undefined;
}

export default defineConfig({
  base: '/',
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  plugins: [
    vue(),
    components({ dts: 'components.d.ts', dirs: [], resolvers: [VantResolver(), ElementPlusResolver({ importStyle: 'css' })] }),
    ownFontsOnly(),
    precompressed(),
  ],
  define: { __VUE_OPTIONS_API__: 'true', __INTLIFY_PROD_DEVTOOLS__: 'false', __VUE_I18N_LEGACY_API__: 'false' },
  build: {
    target: 'es2021',
    cssTarget: 'chrome94',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    // One file for what every page needs and one for the phone pages: fewer round trips on a slow line.
    rollupOptions: { output: { manualChunks } },
  },
  server: { host: '127.0.0.1', port: 5173, proxy: { '/v1': process.env.ANNING_API ?? 'http://127.0.0.1:8099' } },
});
