import { expect, it } from '@jest/globals';
import { cronProblem } from '../../../src/core/cron-schedule.js';

it.each([
  '* * * * *',
  '*/5 0-6/2 1,15 jan-mar mon',
  '? 0 ? * SUN',
  '0 0 1 1 6',
  '@daily',
  '@every 1h30m',
  '@every 1.5h',
  ' 0  0 * * * ',
])('takes %s', (schedule) => {
  expect(cronProblem(schedule)).toBeUndefined();
});

it.each<[string, string]>([
  ['* * * *', 'must have five fields: minute, hour, day, month, day of the week'],
  ['0 0 0 * * *', 'must have five fields: minute, hour, day, month, day of the week'],
  ['60 * * * *', 'has a minute that is none from 0 to 59'],
  ['* 24 * * *', 'has a hour that is none from 0 to 23'],
  ['* * 0 * *', 'has a day of the month that is none from 1 to 31'],
  ['* * * 13 *', 'has a month that is none from 1 to 12'],
  ['* * * * 7', 'has a day of the week that is none from 0 to 6'],
  ['*/0 * * * *', 'has a minute that is none from 0 to 59'],
  ['5-1 * * * *', 'has a minute that is none from 0 to 59'],
  ['1-2-3 * * * *', 'has a minute that is none from 0 to 59'],
  ['* * L * *', 'has a day of the month that is none from 1 to 31'],
  ['@reboot', 'is no schedule that Kubernetes knows'],
  ['@every soon', 'is no schedule that Kubernetes knows'],
  ['TZ=UTC 0 0 * * *', 'has a time zone, which belongs in spec.timeZone'],
])('refuses %s', (schedule, why) => {
  expect(cronProblem(schedule)).toBe(why);
});
