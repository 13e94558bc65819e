import { describe, expect, it } from '@jest/globals';
import { planSetValues } from '../../../src/core/helm-set.js';

describe('planSetValues', () => {
  it.each<[string, readonly string[], readonly string[], unknown, readonly string[]]>([
    ['a string', ['a.b=text'], [], { a: { b: 'text' } }, []],
    ['several in a line', ['a=x,b.c=y'], [], { a: 'x', b: { c: 'y' } }, []],
    ['true, false and null', ['a=true,b=FALSE,c=null'], [], { a: true, b: false, c: null }, []],
    ['an integer, which a values file would make a float', ['a=8080'], [], {}, ['--set', 'a=8080']],
    ['zero', ['a=0'], [], {}, ['--set', 'a=0']],
    ['a number with a leading zero, a string for helm', ['a=0123'], [], { a: '0123' }, []],
    ['a decimal number, a string for helm', ['a=1.5'], [], { a: '1.5' }, []],
    ['a number that is to be a string', [], ['a=8080'], { a: '8080' }, []],
    ['true that is to be a string', [], ['a=true'], { a: 'true' }, []],
    ['an escaped dot, comma and equals sign', ['a\\.b=x\\,y\\=z'], [], { 'a.b': 'x,y=z' }, []],
    ['an equals sign in a value', ['a=b=c'], [], { a: 'b=c' }, []],
    ['an empty value', ['a='], [], { a: '' }, []],
    ['a list of texts', ['a={x,y,true}'], [], { a: ['x', 'y', true] }, []],
    ['a list with an integer', ['a={x,1}'], [], {}, ['--set', 'a={x,1}']],
    ['a list and more', ['a={x},b=y'], [], { a: ['x'], b: 'y' }, []],
    ['an index of a list', ['a[0].b=x'], [], {}, ['--set', 'a[0].b=x']],
    ['an index among others', ['x=1,a[0]=y,z=text'], [], { z: 'text' }, ['--set', 'x=1', '--set', 'a[0]=y']],
    ['the later of two', ['a=x', 'a=y'], [], { a: 'y' }, []],
    ['set-string after set', ['a=x'], ['a=1'], { a: '1' }, []],
    ['a text after an argument for the same place', ['a=1', 'a=x'], [], {}, ['--set', 'a=1', '--set', 'a=x']],
    ['a text below an argument', ['a[0]=x'], ['a.b=y'], {}, ['--set', 'a[0]=x', '--set-string', 'a.b=y']],
    ['a map over a text', ['a=x', 'a.b=y'], [], { a: { b: 'y' } }, []],
    ['what is malformed: helm says so', ['novalue'], [], {}, ['--set', 'novalue']],
    ['what ends in the middle of a list', ['a={x'], [], {}, ['--set', 'a={x']],
    ['an empty key', ['=x'], [], {}, ['--set', '=x']],
    ['a name that JavaScript would misread', ['__proto__.a=x'], [], {}, ['--set', '__proto__.a=x']],
    ['nothing', [], [], {}, []],
  ])('%s', (_, set, setString, overlay, args) => {
    expect(planSetValues(set, setString)).toEqual({ overlay, args });
  });
});
